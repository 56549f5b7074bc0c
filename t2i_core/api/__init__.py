"""What the studio does for programs: plain functions with plain arguments, over the same pipelines as the pages.

The Space shows them as forms, as an HTTP interface, and as tools for MCP clients. Their docstrings are what those
clients are told, in the form that they understand (`Args:`).
"""
