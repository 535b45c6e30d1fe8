"""Layers of Keras 3 made from the configuration that Keras 2 has written of its own."""
from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

ANY = object()
HARMLESS: dict[str, tuple[Any, ...]] = {
    "batch_input_shape": (ANY,),
    "time_major": (False,),
    "implementation": (ANY,),
    "input_length": (ANY,),
    "groups": (1,),
    "filters": (None,),
    "sparse": (False, None),
    "ragged": (False, None),
    "optional": (False,),
    "dynamic": (False,),
    "autocast": (ANY,),
    "rng_type": (ANY,),
    "query_shape": (ANY,),
    "key_shape": (ANY,),
    "value_shape": (ANY,),
    "softmax_robust_masking": (False, True),
    "renorm": (False,),
    "renorm_clipping": (ANY,),
    "renorm_momentum": (ANY,),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
    "fused": (ANY,),
    "synchronized": (False,),
    "vocabulary_size": (ANY,),
    "has_input_vocabulary": (ANY,),
    "causal": (False,),
    "go_backwards": (False,),
    "stateful": (False,),
    "unroll": (False,),
    "zero_output_for_mask": (False,),
    "experimental_dtype": (ANY,),
    "_make_input_1d": (ANY,),
}
"""Arguments that Keras 3 lacks, with the values that change no numbers there."""
UNUSED = {"Depthwise": "kernel_", "Separable": "kernel_"}
"""Of these layers, Keras 2 wrote arguments that it never used."""
RENAMED = {("LeakyReLU", "alpha"): "negative_slope", ("ThresholdedReLU", "theta"): "threshold"}
CLASSES = {
    "ThresholdedReLU": "ReLU",
    "BatchNormalizationV1": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "ConvLSTM2DCell": "ConvLSTMCell",
}
COMMON = ("name", "trainable", "dtype", "activity_regularizer")


class NotCarriedError(Exception):
    """The model's architecture cannot be carried over; the message is for a person."""


class LayerMaker:
    """Makes layers; `make_model` makes a model that stands where a layer can."""

    def __init__(self, keras: Any, make_model: Callable[[dict[str, Any]], Any]) -> None:
        self._keras = keras
        self._make_model = make_model
        self.notes: list[str] = []

    def make(self, record: dict[str, Any]) -> Any:
        """The layer of {"class_name", "config", …}; raises `NotCarriedError`."""
        kind = record["class_name"]
        if kind in ("Functional", "Sequential", "Model"):
            return self._make_model(record)
        if kind == "Lambda":
            raise NotCarriedError(
                f"the Lambda layer {record['config'].get('name')!r} holds Python code, which is"
                " not run: give the code that builds the model (--code FILE::callable)"
            )
        name = CLASSES.get(kind, kind).rpartition(">")[2]
        if record.get("registered_name") and ">" in str(record["registered_name"]):
            raise NotCarriedError(_custom(kind))
        if name == "Policy":
            return record["config"]["name"]
        layer_class = getattr(self._keras.layers, name, None)
        if layer_class is None:
            raise NotCarriedError(_custom(kind))
        arguments = self._arguments(kind, layer_class, record["config"])
        try:
            return layer_class(**arguments)
        except (TypeError, ValueError) as error:
            text = str(error).splitlines()[0]
            raise NotCarriedError(f"{kind} {record['config'].get('name')!r}: {text}") from error

    def _arguments(self, kind: str, layer_class: Any, config: dict[str, Any]) -> dict[str, Any]:
        taken = _taken(layer_class)
        arguments = {}
        for key, value in config.items():
            name = RENAMED.get((kind, key), key)
            unused = any(kind.startswith(k) and key.startswith(p) for k, p in UNUSED.items())
            if name in taken and not (unused and name not in taken):
                arguments[name] = self._value(name, value)
            elif not unused and not _is_harmless(key, value):
                raise NotCarriedError(
                    f"{kind} {config.get('name')!r}: Keras 3 has no {key}={value!r}"
                )
        if kind == "SyncBatchNormalization":
            arguments["synchronized"] = True
        if name_of(arguments) is not None:
            arguments["name"] = plain_name(str(arguments["name"]))
        axis = arguments.get("axis")
        if isinstance(axis, (list, tuple)) and kind.endswith("BatchNormalization"):
            if len(axis) != 1:
                raise NotCarriedError(f"{kind} {config.get('name')!r}: several axes {axis}")
            arguments["axis"] = axis[0]
        return arguments

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(name, item) for item in value]
        if not isinstance(value, dict) or "class_name" not in value:
            return value
        if value["class_name"] == "Policy" or name == "dtype":
            return value["config"]["name"]
        if name in ("layer", "backward_layer", "cell", "cells"):
            return self.make(value)
        if value["class_name"] == "function":
            return value["config"]
        return self._keras.saving.deserialize_keras_object(
            {**value, "module": str(value.get("module")).replace("tf_keras.", "keras.")}
        )


def plain_name(name: str) -> str:
    """The name as Keras 3 takes it."""
    return name.replace("/", "_")


def name_of(arguments: dict[str, Any]) -> Any:
    return arguments.get("name")


def _taken(layer_class: Any) -> set[str]:
    """Parameters that the class takes by name."""
    names = set(COMMON)
    for base in layer_class.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(base.__init__).parameters.values()
        names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters) or base.__module__.startswith(
            "keras.src.layers.layer"
        ):
            break
        if base is layer_class and not re.search(r"\.rnn\.", base.__module__):
            break
    return names - {"self", "autocast"}


def _is_harmless(key: str, value: Any) -> bool:
    values = HARMLESS.get(key, ())
    return any(known is ANY or known == value for known in values)


def _custom(kind: str) -> str:
    return (
        f"{kind} is not a layer of Keras 3: it is the project's own, or was removed. Give the code"
        " that builds the model (--code FILE::callable)"
    )
