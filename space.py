"""The studio as a Hugging Face Space, with its HTTP interface and its MCP tools: `python space.py`."""

import importlib.util

if importlib.util.find_spec("spaces"):
    import spaces  # type: ignore[import-not-found, unused-ignore]  # noqa: F401 - lends graphics cards; before torch

from t2i_core.space.app import main

if __name__ == "__main__":
    main()
