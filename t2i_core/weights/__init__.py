"""Models as folders: found by name here or on the Hugging Face Hub, verified before use, written whole, published.

A model's folder has the layout of a Hub repository: config.json, model.safetensors, what else loading needs, and
README.md, the model card. config.json lists a SHA-256 for every file that loading needs.
"""

from t2i_core.weights.finding import locate, origin, places_of
from t2i_core.weights.folders import (
    AGAIN,
    CONFIG,
    DOCUMENTS,
    FORMAT,
    NAME,
    REPOSITORY,
    SHARES,
    TENSORS,
    documents_of,
    list_models,
    read_config,
)
from t2i_core.weights.publishing import publish
from t2i_core.weights.pulling import Offer, Place, look, pull, pulled
from t2i_core.weights.reading import ModelFolder, read_folder, shares
from t2i_core.weights.writing import amend_folder, copy_to, write_folder

__all__ = [
    "AGAIN",
    "CONFIG",
    "DOCUMENTS",
    "FORMAT",
    "NAME",
    "REPOSITORY",
    "SHARES",
    "TENSORS",
    "ModelFolder",
    "Offer",
    "Place",
    "amend_folder",
    "copy_to",
    "documents_of",
    "list_models",
    "locate",
    "look",
    "origin",
    "places_of",
    "publish",
    "pull",
    "pulled",
    "read_config",
    "read_folder",
    "shares",
    "write_folder",
]
