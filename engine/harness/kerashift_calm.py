"""Chance is taken out while two models are compared: dropout, noise, augmentation, draws."""
from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

RANDOM_ATTRIBUTES = (
    "rate",
    "stddev",
    "noise_stddev",
    "dropout",
    "recurrent_dropout",
    "dropout_rate",
    "drop_rate",
    "drop_prob",
    "noise",
    "sigma",
)
"""How layers name the strength of what they draw at random; zero while comparing."""
DRAWN = 0.3
"""Stands for every number drawn from a standard normal, or of the way from least to most."""
NORMAL = ("normal", "truncated_normal", "random_normal", "stateless_normal")
UNIFORM = ("uniform", "random_uniform", "stateless_uniform")
MODULES = ("keras.random", "keras.api.random", "tensorflow.random", "tf_keras.backend")
"""Where a project finds these functions: in modules of these names, or that end with them."""


def strengths(framework: Any, model: Any) -> list[tuple[str, str, str, float]]:
    """(layer, class, attribute, value) of all in the model that draws at random."""
    found = []
    for layer in framework.layers(model):
        for name in RANDOM_ATTRIBUTES:
            value = vars(layer).get(name, getattr(layer, name, None))
            if isinstance(value, float) and value:
                found.append((layer.name, type(layer).__name__, name, value))
    return found


@contextmanager
def calm_layers(framework: Any, model: Any) -> Iterator[None]:
    """Dropout and noise off, augmentation as it is when not training."""
    changed: list[tuple[Any, str, Any]] = []
    for layer in framework.layers(model):
        for name in RANDOM_ATTRIBUTES:
            value = vars(layer).get(name, getattr(layer, name, None))
            if isinstance(value, float) and value and _set(layer, name, 0.0):
                changed.append((layer, name, value))
        if type(layer).__name__.startswith("Random") and _is_kerass(framework, layer):
            _set(layer, "call", _as_in_inference(layer.call))
            changed.append((layer, "call", None))
    try:
        yield
    finally:
        for layer, name, value in changed:
            if name == "call":
                vars(layer).pop("call", None)
            else:
                _set(layer, name, value)


@contextmanager
def calm_functions() -> Iterator[None]:
    """The functions that draw normal and uniform numbers give the same number each time."""
    changed = []
    for module_name, module in list(sys.modules.items()):
        if module is None or not _gives_numbers(module_name):
            continue
        for name in (*NORMAL, *UNIFORM):
            original = vars(module).get(name)
            if callable(original):
                changed.append((module, name, original))
                setattr(module, name, _constant(original, name in NORMAL))
    try:
        yield
    finally:
        for module, name, original in changed:
            setattr(module, name, original)


def _gives_numbers(module: str) -> bool:
    if module in MODULES:
        return True
    # `tensorflow.random` is `tensorflow._api.v2.random`, `tf.keras.backend` one of tf_keras.
    is_public = "_api.v2" in module or module.startswith(("tf_keras.api", "keras.api"))
    return is_public and module.endswith((".random", ".backend"))


def _constant(original: Callable[..., Any], is_normal: bool) -> Callable[..., Any]:
    signature = inspect.signature(original)

    def draw(*args: Any, **kwargs: Any) -> Any:
        numbers = original(*args, **kwargs)
        try:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            if is_normal:
                value = given["mean"] + DRAWN * given["stddev"]
            else:
                least, most = given["minval"], given["maxval"]
                if most is None or "int" in str(given.get("dtype")):
                    return numbers
                value = least + DRAWN * (most - least)
        except (TypeError, KeyError):
            return numbers
        # By arithmetic, so that shape and type stay, known or not.
        return numbers * 0.0 + value

    return draw


def _as_in_inference(call: Callable[..., Any]) -> Callable[..., Any]:
    def quiet(inputs: Any, *args: Any, training: Any = None, **kwargs: Any) -> Any:
        return call(inputs, training=False)

    return quiet


def _is_kerass(framework: Any, layer: Any) -> bool:
    return type(layer).__module__.startswith(f"{framework.name}.")


def _set(layer: Any, name: str, value: Any) -> bool:
    try:
        setattr(layer, name, value)
    except AttributeError:
        return False
    return True
