"""Training jobs: what is to be trained, where it runs, and what became of it."""
