"""What a run leaves for those after it: weights, a batch, and what was measured on it."""

from __future__ import annotations

import json
import os
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_capture import Batch
from kerashift_measure import Measurement
from kerashift_nest import pack, unpack
from kerashift_parts import PartCall

GIVEN = "given.npz"
REFERENCE = "reference.npz"


class Given:
    """What a run trains on, for those after it: known long before anything is measured."""

    def __init__(self, batch: Batch, loss_name: str | None, parts: list[PartCall]) -> None:
        self.batch = batch
        self.loss_name = loss_name
        self.parts = parts


class Reference:
    """A measured model: `x` was called, `batch` trained with; `parts` as a model without `call`.

    `save_problem` says why the original cannot be saved, if it cannot.
    """

    def __init__(self) -> None:
        self.is_original = False
        """Keras 2's, to be compared in every respect."""
        self.records: list[dict[str, Any]] = []
        self.weights: list[np.ndarray] = []
        self.x: Any = None
        self.batch = Batch(None)
        self.parts: list[PartCall] = []
        self.loss_name: str | None = None
        self.measured = Measurement()
        self.save_problem = ""


def write_arrays(path: str, arrays: dict[str, np.ndarray]) -> None:
    """Write an `.npz` file that is there as a whole or not at all: others may be waiting for it."""
    unfinished = f"{path}.part.npz"
    np.savez(unfinished, **arrays)
    os.replace(unfinished, path)  # noqa: PTH105 (a string)


def write_given(path: str, given: Given) -> None:
    """Write a batch as one `.npz` file without pickles."""
    arrays: dict[str, np.ndarray] = {}
    meta = {
        "batch": pack(list(given.batch), "a", arrays),
        "loss_name": given.loss_name,
        "parts": _pack_parts(given.parts, arrays),
    }
    write_arrays(path, {"meta": np.array(json.dumps(meta)), **arrays})


def read_given(path: str) -> Given:
    """Read what `write_given` wrote; raises `OSError`, `ValueError`."""
    with np.load(path, allow_pickle=False) as arrays:
        meta = json.loads(str(arrays["meta"]))
        batch = Batch(*unpack(meta["batch"], arrays))
        return Given(batch, meta["loss_name"], _unpack_parts(meta["parts"], arrays))


def _pack_parts(parts: list[PartCall], arrays: dict[str, np.ndarray]) -> list[Any]:
    return [
        [call.place, pack(call.args, "a", arrays), pack(call.kwargs, "a", arrays)]
        for call in parts
    ]


def _unpack_parts(parts: list[Any], arrays: Any) -> list[PartCall]:
    return [
        PartCall(place, unpack(args, arrays), unpack(kwargs, arrays))
        for place, args, kwargs in parts
    ]


def write_reference(path: str, reference: Reference) -> None:
    """Write a reference as one `.npz` file without pickles."""
    measured = reference.measured
    arrays: dict[str, np.ndarray] = {}
    meta = {
        "records": reference.records,
        "weights": pack(reference.weights, "a", arrays),
        "x": pack(reference.x, "a", arrays),
        "batch": pack(list(reference.batch), "a", arrays),
        "parts": _pack_parts(reference.parts, arrays),
        "loss_name": reference.loss_name,
        "save_problem": reference.save_problem,
        "outputs": pack(measured.outputs, "a", arrays),
        "loss": measured.loss,
        "logs": measured.logs,
        "calls": measured.calls.made,
        "call_arrays": pack(measured.calls.arrays, "a", arrays),
        "strengths": measured.strengths,
        "draws": measured.draws,
        "optimizers": pack(measured.optimizers, "a", arrays),
        "optimizer_names": measured.optimizer_names,
        "gradients": pack(measured.gradients, "a", arrays),
        "stepped": pack(measured.stepped, "a", arrays),
        "step_size": measured.step_size,
        "notes": measured.notes,
    }
    write_arrays(path, {"meta": np.array(json.dumps(meta)), **arrays})


def read_reference(path: str) -> Reference:
    """Read what `write_reference` wrote; raises `OSError`, `ValueError`."""
    reference = Reference()
    with np.load(path, allow_pickle=False) as arrays:
        meta = json.loads(str(arrays["meta"]))
        reference.weights = unpack(meta["weights"], arrays)
        reference.x = unpack(meta["x"], arrays)
        reference.batch = Batch(*unpack(meta["batch"], arrays))
        reference.parts = _unpack_parts(meta["parts"], arrays)
        for name in ("records", "loss_name", "save_problem"):
            setattr(reference, name, meta[name])
        measured = reference.measured
        for name in ("outputs", "gradients", "stepped", "optimizers"):
            setattr(measured, name, unpack(meta[name], arrays))
        for name in ("loss", "logs", "step_size", "notes", "strengths", "draws", "optimizer_names"):
            setattr(measured, name, meta[name])
        measured.calls.made = meta["calls"]
        measured.calls.arrays = unpack(meta["call_arrays"], arrays)
    return reference


def take_weights(framework: Any, model: Any, reference: Reference) -> tuple[list[Any], list[str]]:
    """Give the model the reference's weights, layer by layer.

    Gives, for each weight of the model, the number of its counterpart or `None`; and the names of
    the weights on either side that have no counterpart.
    """
    numbers, alone = weights.match(reference.records, weights.records(framework, model))
    values = [None if number is None else reference.weights[number] for number in numbers]
    weights.write(framework, model, values)
    return numbers, alone
