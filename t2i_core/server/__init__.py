"""One process for everything: the pages, the programming interface beside them, health and metrics."""
