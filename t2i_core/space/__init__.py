"""The studio as a Gradio app. With `space.py`, the only place that knows Gradio.

What it does stands in `t2i_core.api`. Arguments are checked there and not by Gradio's widgets, whose own complaints
would print what was typed into the log.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from t2i_core.api.files import Files

VARIABLE = "GRADIO_TEMP_DIR"  # read when gradio loads; without it, all its apps on a machine share one folder

if VARIABLE not in os.environ:
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix="t2i-space-")
    atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)

os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "200")  # it looks through all of them after every call
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

FILES = Files(Path(os.environ[VARIABLE]))
