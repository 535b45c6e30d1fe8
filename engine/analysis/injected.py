"""Modules handed in as arguments, the way keras_applications did.

Packages of that time (`efficientnet`, `segmentation_models`, `classification_models`) never import
Keras: they get `backend, layers, models, utils` through `**kwargs`. What such names mean follows
from the key or from the position.
"""

from __future__ import annotations

import ast

from kerashift.engine.analysis.scopes import Binding, Kind

_KEYS = {
    "backend": "keras.backend",
    "layers": "keras.layers",
    "models": "keras.models",
    "utils": "keras.utils",
}
_ORDER = tuple(_KEYS.values())
_UNPACKER = "get_submodules_from_kwargs"
_LAYERS = "VersionAwareLayers"
"""What Keras's own applications make `layers` of: an object with every layer as an attribute."""


def injected_module(binding: Binding) -> str | None:
    """The Keras module that a binding hands in, or None."""
    value = binding.value
    if binding.kind is Kind.UNPACK and isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else None
        name = value.func.id if isinstance(value.func, ast.Name) else name
        return _ORDER[binding.index] if name == _UNPACKER and binding.index < 4 else None
    if isinstance(value, ast.Call) and _is_named(value.func, _LAYERS):
        return "keras.layers"
    if isinstance(value, ast.Subscript) and _is_kwargs(value.value):
        return _key(value.slice)
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in ("get", "pop")
        and _is_kwargs(value.func.value)
        and value.args
    ):
        return _key(value.args[0])
    return None


def _is_kwargs(node: ast.expr) -> bool:
    return _is_named(node, "kwargs")


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _key(node: ast.expr) -> str | None:
    return _KEYS.get(str(node.value)) if isinstance(node, ast.Constant) else None
