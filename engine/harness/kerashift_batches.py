"""A made-up batch that fits a model: inputs by its shapes, targets by its loss and outputs."""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from typing import Any

import numpy as np
from kerashift_capture import Batch
from kerashift_errors import EntryError
from kerashift_measure import LossSpec
from kerashift_nest import leaves, map_nest

ROWS = 4
FAINT = 1e-2
UNKNOWN_SIZES = {2: (8,), 3: (16, 8), 4: (64, 64, 3), 5: (8, 32, 32, 3)}
"""Sizes for dimensions that a model leaves open, by rank (without the batch)."""
CANDIDATES = (
    ((28, 28, 1), "float32"),
    ((32, 32, 3), "float32"),
    ((224, 224, 3), "float32"),
    ((16,), "float32"),
    ((784,), "float32"),
    ((16, 8), "float32"),
    ((16,), "int32"),
)
"""Inputs to try with a model that does not tell its own."""


def make_inputs(framework: Any, model: Any) -> Any:
    """A batch for the model's inputs; raises `EntryError` where none can be found."""
    rng = np.random.RandomState(1)
    if getattr(model, "inputs", None):
        limits = _embedding_limits(framework, model)
        x = map_nest(lambda node: _input(rng, node, limits), _input_structure(model))
        return _brighter(framework, model, x)
    problems = []
    for shape, dtype in CANDIDATES:
        x = _values(rng, (ROWS, *shape), dtype, 10)
        try:
            framework.forward(model, x)
        except Exception as error:
            problems.append(error)
        else:
            return x
    raise EntryError(
        "the model does not tell the shape of its inputs, and none of the usual ones fits: "
        f"{problems[0]}"
    )


def _brighter(framework: Any, model: Any, x: Any) -> Any:
    """Images from 0 to 255 where the model hardly sees those from 0 to 1."""
    if not all(leaf.ndim == 4 and leaf.dtype.kind == "f" for leaf in leaves(x)):
        return x
    bright = map_nest(lambda leaf: leaf * 255, x)
    plain_spread, bright_spread = (_spread(framework.forward(model, c)) for c in (x, bright))
    return bright if plain_spread < FAINT and bright_spread > plain_spread else x


def _spread(outputs: Any) -> float:
    """How much the outputs differ from row to row."""
    return max((float(np.ptp(leaf, axis=0).max()) for leaf in leaves(outputs)), default=0.0)


def _input_structure(model: Any) -> Any:
    """The model's symbolic inputs, nested as its caller nests them."""
    for name in ("_inputs_struct", "_nested_inputs"):
        structure = getattr(model, name, None)
        if structure is not None:
            return structure
    return model.inputs


def _input(rng: np.random.RandomState, node: Any, limits: list[tuple[Any, int]]) -> np.ndarray:
    shape = list(node.shape)
    usual = UNKNOWN_SIZES.get(len(shape), (8,) * (len(shape) - 1))
    sizes = [ROWS if shape[0] is None else int(shape[0])]
    for given, fallback in zip(shape[1:], usual):
        sizes.append(fallback if given is None else int(given))
    dtype = getattr(node.dtype, "name", node.dtype)
    direct = [limit for source, limit in limits if source is node]
    any_limit = min((limit for _, limit in limits), default=None)
    if direct or (any_limit is not None and "int" in dtype):
        return _values(rng, tuple(sizes), "int32", min(direct or [any_limit]))
    return _values(rng, tuple(sizes), dtype, 2)


def _values(rng: np.random.RandomState, shape: Any, dtype: str, limit: int) -> np.ndarray:
    if dtype == "string":
        return rng.choice(["the", "cat", "sat", "on", "a", "mat"], shape)
    if "int" in dtype:
        return rng.randint(0, max(limit, 1), shape).astype(dtype)
    if dtype == "bool":
        return rng.rand(*shape) > 0.5
    return rng.rand(*shape).astype("float32")


def _embedding_limits(framework: Any, model: Any) -> list[tuple[Any, int]]:
    """For each embedding in the model: what it looks up (where known) and its size."""
    found = []
    for layer in framework.layers(model):
        if hasattr(layer, "input_dim") and hasattr(layer, "embeddings_initializer"):
            try:
                source = layer.input
            except Exception:
                source = None
            found.append((source, int(layer.input_dim)))
    if found and model.layers and hasattr(model.layers[0], "embeddings_initializer"):
        found.append((model.inputs[0], int(model.layers[0].input_dim)))
    return found


# Targets


def choose_loss(outputs: Any) -> LossSpec:
    """A loss that suits what the model puts out, for a model that was not compiled."""
    names = [_loss_name(output) for output in leaves(outputs)]
    return named_loss(names[0] if len(set(names)) == 1 else "mse")


def named_loss(name: str) -> LossSpec:
    """The loss that another run chose by itself."""
    return LossSpec(name, name=name)


def _loss_name(output: np.ndarray) -> str:
    values = np.asarray(output, dtype="float64")
    in_unit = bool(np.all((values >= 0) & (values <= 1)))
    if in_unit and values.ndim > 1 and values.shape[-1] > 1:
        sums = values.sum(axis=-1)
        if np.allclose(sums, 1.0, atol=1e-3):
            return "categorical_crossentropy"
    return "binary_crossentropy" if in_unit else "mse"


def make_targets(framework: Any, model: Any, x: Any, loss: LossSpec) -> Any:
    """Targets with which the loss is finite; raises `EntryError` where no kind of them is."""
    outputs = framework.forward(model, x)
    problem: Exception | None = None
    for kind in _kinds(loss.value, outputs):
        rng = np.random.RandomState(2)
        y = map_nest(lambda output, kind=kind, rng=rng: _target(rng, output, kind), outputs)
        try:
            framework.compile(model, framework.sgd(0.0), loss.value, loss.weights)
            value = framework.evaluate(model, Batch(x, y))
        except Exception as error:
            problem = problem or error
            continue
        if np.isfinite(value):
            return y
    raise EntryError(f"no targets were found that the model's loss takes: {problem}")


def likely_targets(outputs: Any) -> Any:
    """Targets of the kind that suits the outputs, without a loss to try them with."""
    rng = np.random.RandomState(2)
    kind = _kinds(choose_loss(outputs).value, outputs)[0]
    return map_nest(lambda output: _target(rng, output, kind), outputs)


def _kinds(loss: Any, outputs: Any) -> list[str]:
    """Kinds of targets to try, the likeliest first."""
    name = str(getattr(loss, "name", None) or getattr(loss, "__name__", None) or loss).lower()
    if "sparse" in name:
        first = ["index"]
    elif "categorical" in name or "focal" in name or "dice" in name or "jaccard" in name:
        first = ["one_hot"]
    elif "binary" in name:
        first = ["binary"]
    elif "hinge" in name:
        first = ["sign"]
    elif any(word in name for word in ("squared", "absolute", "mse", "mae", "huber", "cosh")):
        first = ["number"]
    else:
        soft = all(_loss_name(output) != "mse" for output in leaves(outputs))
        first = ["one_hot", "index"] if soft else ["number", "one_hot"]
    return list(dict.fromkeys([*first, "one_hot", "number", "index", "binary"]))


def _target(rng: np.random.RandomState, output: np.ndarray, kind: str) -> np.ndarray:
    if kind == "number":
        return rng.rand(*output.shape).astype("float32")
    if kind in ("binary", "sign"):
        bits = rng.randint(0, 2, output.shape)
        return (bits if kind == "binary" else 2 * bits - 1).astype("float32")
    classes = output.shape[-1] if output.ndim > 1 else 2
    index = rng.randint(0, classes, output.shape[:-1])
    return index.astype("int32") if kind == "index" else np.eye(classes, dtype="float32")[index]
