"""Chance is taken out while two models are compared: dropout, noise, augmentation, draws."""
from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

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
MANY, STRIDE = 1009, 619
"""Primes: as many different numbers are drawn, and that far the next one is from the last."""
NORMAL = ("normal", "truncated_normal", "random_normal", "stateless_normal")
UNIFORM = ("uniform", "random_uniform", "stateless_uniform", "randint")
UNCHANGED = ("shuffle", "dropout")
MODULES = (
    *("keras.random", "keras.api.random", "tensorflow.random"),
    *("tf_keras.backend", "keras.backend"),
)
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
    """The functions that draw normal and uniform numbers give the same ones each time.

    They differ from place to place: of noise that is the same everywhere, a normalization leaves
    nothing.
    """
    changed = []
    for module_name, module in list(sys.modules.items()):
        if module is None or not _gives_numbers(module_name):
            continue
        for name in (*NORMAL, *UNIFORM, *UNCHANGED):
            original = vars(module).get(name)
            if callable(original):
                changed.append((module, name, original))
                quiet = _unchanged if name in UNCHANGED else _settled(original, name in NORMAL)
                setattr(module, name, quiet)
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


def _settled(original: Callable[..., Any], is_normal: bool) -> Callable[..., Any]:
    signature = inspect.signature(original)

    def draw(*args: Any, **kwargs: Any) -> Any:
        numbers = original(*args, **kwargs)
        try:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            if is_normal:
                # Of mean 0 and deviation 1, as the numbers that they stand for.
                return given["mean"] + given["stddev"] * _pattern(numbers, -3**0.5, 3**0.5)
            least, most = given["minval"], given["maxval"]
            return _pattern(numbers, least, 1.0 if most is None else most)
        except (TypeError, KeyError):
            return numbers

    return draw


def _pattern(numbers: Any, least: Any, most: Any) -> Any:
    """Numbers between the two for the places of a tensor, of its shape and type.

    They are made of whole numbers, so that every backend gives the same.
    """
    shape = _known_shape(numbers)
    if shape is None:
        tf = sys.modules["tensorflow"]
        places = tf.reshape(tf.range(tf.size(numbers)), tf.shape(numbers))
        share = (tf.cast(places % MANY * STRIDE % MANY, "float32") + 0.5) / MANY
        return tf.cast(least + share * (most - least), numbers.dtype)
    places = np.arange(math.prod(shape)).reshape(shape)
    share = ((places % MANY * STRIDE % MANY).astype("float32") + 0.5) / MANY
    if type(numbers).__module__.startswith("tensorflow"):
        tf = sys.modules["tensorflow"]
        return tf.cast(least + tf.constant(share) * (most - least), numbers.dtype)
    ops = sys.modules["keras"].ops
    return ops.cast(least + ops.convert_to_tensor(share) * (most - least), numbers.dtype)


def _known_shape(numbers: Any) -> tuple[int, ...] | None:
    try:
        shape = tuple(numbers.shape)
    except ValueError:
        return None
    return None if None in shape else shape


def _unchanged(*args: Any, **kwargs: Any) -> Any:
    return args[0] if args else next(iter(kwargs.values()))


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
