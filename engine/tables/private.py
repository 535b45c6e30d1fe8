"""Keras paths that were never public, and the public path of what they hold."""

from __future__ import annotations

from functools import cache

from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.tables import api, removed
from kerashift.engine.tables.moves import is_old_module, new_path
from kerashift.engine.tables.oprows import find

_PRIVATE = (
    "keras.src.",
    "keras.engine.",
    "keras.api.",
    "keras.python.",
    "keras.legacy.interfaces.",
)
_GONE = (
    "keras.applications.imagenet_utils._obtain_input_shape",
    "keras.backend.cntk_backend",
    "keras.backend.numpy_backend",
    "keras.backend.theano_backend",
    "keras.legacy.layers",
    "keras.legacy.models",
    "keras.layers.cudnn_recurrent",
    "keras.layers.local",
    "keras.saving.hdf5_format",
    "keras.saving.saved_model",
    "keras.saving.saving_utils",
    "keras.utils.control_flow_util",
    "keras.utils.conv_utils",
    "keras.utils.losses_utils",
    "keras.utils.metrics_utils",
    "keras.utils.test_utils",
    "keras.utils.version_utils",
)
"""Private paths that Keras 3 does not have anywhere."""


def is_private(symbol: Symbol) -> bool:
    """Whether the path is one that Keras never promised."""
    if symbol.origin is Origin.PRIVATE or (symbol.name + ".").startswith(_PRIVATE):
        return True
    return symbol.is_keras and _is_in_private_module(symbol.name)


@cache
def _is_in_private_module(path: str) -> bool:
    """Whether the path leads into a private module, to something that has no new place."""
    if new_path(path) is not None or removed.find(path) is not None or api.existed(path):
        return False
    parts = path.split(".")
    heads = [".".join(parts[:length]) for length in range(2, len(parts) + 1)]
    if any(head in _GONE or is_old_module(head) for head in heads):
        return True
    return any(_was_defined(head) and not api.exists(head) for head in heads) and not _is_op(path)


def _is_op(path: str) -> bool:
    """Whether the path is a function of the backend that has a row."""
    return path.startswith("keras.backend.") and find("backend.toml", path) is not None


def _was_defined(path: str) -> bool:
    """Whether a release of stand-alone Keras 2 had the module, or defined the name in one.

    What no release had is not reported: a newer Keras may have it.
    """
    table = api.load("keras2_modules.toml")
    module, _, name = path.rpartition(".")
    return path in table or name in str(table.get(module, "")).split()


@cache
def public_path(private: str) -> str | None:
    """The public path of what a private path holds; None where that is not known for sure."""
    moved = new_path(private)
    if moved is not None:
        return moved
    parts = private.split(".")
    if parts[1:2] in (["src"], ["api"], ["python"]):
        public = ".".join(["keras", *parts[2:]])
        moved = new_path(public)
        if moved is not None:
            return moved
        parts = public.split(".")
    name = parts[-1]
    if name.startswith("_") or not name[:1].isupper():
        return None
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        if api.is_module(module) and api.exists(f"{module}.{name}"):
            return f"{module}.{name}"
    return None
