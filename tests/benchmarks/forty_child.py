"""One side of `forty.py`: builds constructors one after the other and tells what came out.

    python forty_child.py SIDE HARNESS PATH PACKAGE FOLDER NAME…

SIDE is `tf_keras` or a backend of Keras 3, PACKAGE what the constructors are imported from, with
PATH before the other places of imports; NAME is `module.Constructor`. The side `tf_keras` leaves
weights, an input and the outputs in FOLDER; the others read them. One JSON line for each
constructor.
"""
from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

CLASSES = 10
BATCH = 4
SMALLEST = 32
CALIBRATING = 16
NOISE = 0.1
FLOOR = 1.0


def main() -> None:
    side, harness, path, package, folder, *names = sys.argv[1:]
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if side != "tf_keras":
        os.environ["KERAS_BACKEND"] = side
    sys.path[:0] = [harness, path]
    framework = importlib.import_module("kerashift_framework").Framework(side)
    for name in names:
        started = time.monotonic()
        try:
            run = _original if framework.is_legacy else _migrated
            facts = run(framework, package, name, Path(folder))
        except Exception as error:
            traceback.print_exc()
            facts = {"error": f"{type(error).__name__}: {error}"[:300]}
        seconds = round(time.monotonic() - started, 1)
        print(json.dumps({"name": name, "seconds": seconds, **facts}), flush=True)
        _forget(framework)


def _build(package: str, name: str) -> tuple[Any, int]:
    """The model with logits as its output, for the smallest images that it takes."""
    module, _, function = name.partition(".")
    constructor = getattr(importlib.import_module(f"{package}.{module}"), function)
    for size in (SMALLEST, 71, 75, 96):
        try:
            arguments = {"weights": None, "classes": CLASSES, "classifier_activation": None}
            return constructor(input_shape=(size, size, 3), **arguments), size
        except ValueError as error:
            if "Input size must be at least" not in str(error):
                raise
    raise ValueError("no size will do")


def _original(framework: Any, package: str, name: str, folder: Path) -> dict[str, Any]:
    weights = importlib.import_module("kerashift_weights")
    framework.set_seed(1)
    model, size = _build(package, name)
    many = np.random.RandomState(0).rand(CALIBRATING, size, size, 3).astype("float32")
    _give_life(framework, model, many)
    images = many[:BATCH]
    arrays = weights.read(framework, model)
    records = json.dumps(weights.records(framework, model))
    outputs = framework.forward(model, images)
    named = {str(number): array for number, array in enumerate(arrays)}
    np.savez(folder / f"{name}.npz", images=images, outputs=outputs, records=records, **named)
    rounding = float(np.max(np.abs(outputs - _exact(framework, package, name, arrays, images))))
    return {"size": size, "parameters": int(model.count_params()), "rounding": rounding}


def _exact(
    framework: Any, package: str, name: str, arrays: list[np.ndarray], images: np.ndarray
) -> np.ndarray:
    """The outputs as double precision gives them."""
    backend = framework.keras.backend
    backend.clear_session()
    backend.set_floatx("float64")
    try:
        model, _ = _build(package, name)
        importlib.import_module("kerashift_weights").write(framework, model, arrays)
        return framework.forward(model, images.astype("float64"))
    finally:
        backend.set_floatx("float32")


def _give_life(framework: Any, model: Any, images: np.ndarray) -> None:
    """Weights with which every layer matters: no zeros, and normalized activations throughout."""
    random = np.random.RandomState(2)
    for weight in model.trainable_weights:
        value = framework.array(weight)
        if value.ndim <= 1:
            weight.assign(value + random.uniform(-NOISE, NOISE, value.shape).astype("float32"))
    normalizing = [layer for layer in framework.layers(model) if hasattr(layer, "moving_variance")]
    usual = [layer.momentum for layer in normalizing]
    for layer in normalizing:
        layer.momentum = 0.0
    framework.forward(model, images, training=True)
    for layer, momentum in zip(normalizing, usual, strict=True):
        layer.momentum = momentum
        # A channel that hardly varies would multiply every rounding error.
        variance = framework.array(layer.moving_variance)
        layer.moving_variance.assign(np.maximum(variance, FLOOR * variance.mean()))


def _migrated(framework: Any, package: str, name: str, folder: Path) -> dict[str, Any]:
    weights = importlib.import_module("kerashift_weights")
    nest = importlib.import_module("kerashift_nest")
    model, _ = _build(package, name)
    with np.load(folder / f"{name}.npz") as saved:
        records = json.loads(str(saved["records"]))
        numbers, alone = weights.match(records, weights.records(framework, model))
        if alone:
            raise ValueError(f"weights without a counterpart: {', '.join(alone[:5])}")
        weights.write(framework, model, [saved[str(number)] for number in numbers])
        images, outputs = saved["images"], saved["outputs"]
    found = framework.forward(model, images)
    facts = {
        "difference": nest.largest_difference(outputs, found),
        "largest": nest.largest_size(outputs),
        "spread": float(np.std(outputs, axis=0).mean()),
    }
    return {**facts, "loss": _train(framework, model, images)}


def _train(framework: Any, model: Any, images: np.ndarray) -> float:
    """The loss of one step; raises `ValueError` where it is not finite or no weight moves."""
    before = [np.array(framework.array(weight)) for weight in model.trainable_weights[:3]]
    loss = framework.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    framework.compile(model, framework.sgd(0.01), loss)
    value = float(np.mean(model.train_on_batch(images, np.arange(BATCH) % CLASSES)))
    after = [framework.array(weight) for weight in model.trainable_weights[:3]]
    if not np.isfinite(value):
        raise ValueError(f"the loss is {value}")
    if all(np.array_equal(old, new) for old, new in zip(before, after, strict=True)):
        raise ValueError("training moves no weight")
    return value


def _forget(framework: Any) -> None:
    """Let go of the model and of what was compiled for it."""
    framework.keras.backend.clear_session()
    if framework.backend == "jax":
        sys.modules["jax"].clear_caches()
    gc.collect()


if __name__ == "__main__":
    main()
