"""Code that makes an object of each class of Keras 2, and calls each function, with each argument.

Every argument is given once, with a value that is not its default; what must be given is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.engine.probe.libraries import Libraries

_NUMBERS = "np.linspace({}, {}, 24, dtype='float32').reshape((4, 6))"
_CELL = "keras.layers.LSTMCell({})"
REQUIRED = {
    "activation": "'relu'",
    "axes": "1",
    "boundaries": "[3, 9]",
    "cell": _CELL.format(3),
    "cells": f"[{_CELL.format(3)}, {_CELL.format(2)}]",
    "decay_rate": "0.5",
    "decay_steps": "5",
    "dims": "(1,)",
    "equation": "'ab,bc->ac'",
    "factor": "0.5",
    "filename": "'log.csv'",
    "filepath": "'weights.h5'",
    "filters": "4",
    "first_decay_steps": "5",
    "fn": "keras.losses.mean_squared_error",
    "function": "lambda x: x",
    "height": "4",
    "height_factor": "0.2",
    "initial_learning_rate": "0.1",
    "input_dim": "5",
    "inputs": "[np.ones((2, 3)), np.full((2, 3), 2.0)]",
    "kernel_size": "2",
    "key_dim": "3",
    "layer": "keras.layers.LSTM(3, return_sequences=True, dropout=0.1)",
    "n": "3",
    "num_bins": "5",
    "num_classes": "6",
    "num_heads": "2",
    "output_dim": "3",
    "output_shape": "(3,)",
    "precision": "0.5",
    "rate": "0.4",
    "recall": "0.5",
    "scale": "0.5",
    "schedule": "lambda epoch: 0.1",
    "sensitivity": "0.5",
    "sequences": "[[1, 2, 3], [4]]",
    "specificity": "0.5",
    "stddev": "0.3",
    "target_class_ids": "[0, 1]",
    "target_shape": "(-1,)",
    "units": "3",
    "values": "[0.1, 0.05, 0.01]",
    "width": "4",
    "x": _NUMBERS.format(-3.0, 3.0),
    "y": "np.array([0, 2, 5, 1])",
    "y_pred": _NUMBERS.format(0.01, 0.5),
    "y_true": "np.eye(6, dtype='float32')[[0, 2, 5, 1]]",
}
"""Values of arguments that must be given, by name."""

OTHER = REQUIRED | {
    "activation": "'tanh'",
    "arguments": "{}",
    "attention_axes": "(1,)",
    "average": "'micro'",
    "axis": "1",
    "beta_1": "0.5",
    "beta_2": "0.5",
    "class_id": "1",
    "clipnorm": "0.5",
    "clipvalue": "0.01",
    "color_mode": "'grayscale'",
    "cropping": "1",
    "curve": "'PR'",
    "data_format": "'channels_last'",
    "distribution": "'uniform'",
    "dtype": "'float64'",
    "ema_momentum": "0.5",
    "ema_overwrite_frequency": "3",
    "fill_mode": "'constant'",
    "global_clipnorm": "0.5",
    "groups": "2",
    "ignore_class": "1",
    "input_length": "8",
    "input_shape": "(6,)",
    "interpolation": "'nearest'",
    "mask_value": "0.2",
    "max_tokens": "9",
    "max_value": "0.5",
    "maxlen": "2",
    "merge_mode": "'sum'",
    "mode": "'max'",
    "momentum": "0.5",
    "monitor": "'loss'",
    "multi_label": "True",
    "name": "'given'",
    "noise_shape": "(1, 6)",
    "num_thresholds": "50",
    "num_tokens": "6",
    "output_mode": "'one_hot'",
    "padding": "'same'",
    "pool_size": "3",
    "reduction": "'sum'",
    "rho": "0.5",
    "score_mode": "'concat'",
    "seed": "3",
    "shared_axes": "[1]",
    "size": "3",
    "strides": "2",
    "summation_method": "'majoring'",
    "thresholds": "[0.2, 0.7]",
    "top_k": "2",
    "truncating": "'post'",
    "value_dim": "5",
    "warmup_steps": "3",
    "warmup_target": "0.2",
    "weight_decay": "0.01",
}
"""Values that are not the default, by name; others follow from the ending or the default."""

ENDINGS = {
    "_initializer": "'ones'",
    "_regularizer": "'l2'",
    "_constraint": "'non_neg'",
    "_activation": "'tanh'",
}
FUNCTIONS = (
    "keras.activations.",
    "keras.layers.",
    "keras.losses.",
    "keras.metrics.",
    "keras.preprocessing.sequence.pad_sequences",
    "keras.utils.normalize",
    "keras.utils.to_",
)
"""Functions that give numbers; the backend's own are rows of the op tables."""


@dataclass(frozen=True, slots=True)
class Made:
    """A call, and what it is about: a path of Keras, with an argument in brackets."""

    subject: str
    call: str

    @property
    def source(self) -> str:
        """A function that makes the call."""
        head = "import numpy as np\n" if "np." in self.call else ""
        return f"{head}from tensorflow import keras\n\n\ndef make():\n    return {self.call}\n"


def everything(libraries: Libraries) -> Iterator[Made]:
    """Every class and function with no more than it asks for, and with every argument once."""
    seen: set[str] = set()
    for path in libraries.paths:
        key = libraries.old["symbols"][path]
        if key not in seen and (libraries.is_class(path) or path.startswith(FUNCTIONS)):
            seen.add(key)
            yield from _calls(libraries, path)


def _calls(libraries: Libraries, path: str) -> Iterator[Made]:
    takes = [(n, d) for n, kind, d in libraries.takes(path) if kind in "pk/" and n != "self"]
    required = {name: _required(name, path) for name, default in takes if default is None}
    if None in required.values():
        return
    yield Made(path, _call(path, required))
    for name, default in takes:
        value = other(name, default)
        if value is not None and value != required.get(name):
            yield Made(f"{path}({name}=)", _call(path, required | {name: value}))


def _required(name: str, path: str) -> str | None:
    if name == "y_true" and "sparse" in path:
        return REQUIRED["y"]
    return REQUIRED.get(name)


def _call(path: str, given: dict[str, str | None]) -> str:
    return f"{path}({', '.join(f'{name}={value}' for name, value in given.items())})"


def other(name: str, default: str | None) -> str | None:
    """A value of the argument other than its default; None where none is known."""
    if name in OTHER and OTHER[name] != default:
        return OTHER[name]
    for ending, value in ENDINGS.items():
        if name.endswith(ending):
            return value
    if default in ("True", "False"):
        return str(default == "False")
    try:
        number = float(str(default))
    except ValueError:
        return None
    is_whole = str(default).lstrip("-").isdigit()
    return str(int(number) + 1) if is_whole else repr(number * 2 or 0.5)
