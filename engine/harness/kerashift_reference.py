"""What a run leaves for those after it: weights, a batch, and what was measured on it."""
from __future__ import annotations

import json
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_capture import Batch
from kerashift_measure import Measurement
from kerashift_nest import pack, unpack


class Reference:
    """A measured model: `x` was called, `batch` trained with.

    `save_problem` says why the original cannot be saved, if it cannot.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.weights: list[np.ndarray] = []
        self.x: Any = None
        self.batch = Batch(None)
        self.loss_name: str | None = None
        self.measured = Measurement()
        self.save_problem = ""


def write_reference(path: str, reference: Reference) -> None:
    """Write a reference as one `.npz` file without pickles."""
    measured = reference.measured
    arrays: dict[str, np.ndarray] = {}
    meta = {
        "records": reference.records,
        "weights": pack(reference.weights, "a", arrays),
        "x": pack(reference.x, "a", arrays),
        "batch": pack(list(reference.batch), "a", arrays),
        "loss_name": reference.loss_name,
        "save_problem": reference.save_problem,
        "outputs": pack(measured.outputs, "a", arrays),
        "loss": measured.loss,
        "calls": measured.calls.made,
        "call_arrays": pack(measured.calls.arrays, "a", arrays),
        "strengths": measured.strengths,
        "draws": measured.draws,
        "optimizer": pack(measured.optimizer, "a", arrays),
        "optimizer_name": measured.optimizer_name,
        "gradients": pack(measured.gradients, "a", arrays),
        "stepped": pack(measured.stepped, "a", arrays),
        "step_size": measured.step_size,
        "notes": measured.notes,
    }
    np.savez(path, meta=np.array(json.dumps(meta)), **arrays)


def read_reference(path: str) -> Reference:
    """Read what `write_reference` wrote; raises `OSError`, `ValueError`."""
    reference = Reference()
    with np.load(path, allow_pickle=False) as arrays:
        meta = json.loads(str(arrays["meta"]))
        reference.weights = unpack(meta["weights"], arrays)
        reference.x = unpack(meta["x"], arrays)
        reference.batch = Batch(*unpack(meta["batch"], arrays))
        for name in ("records", "loss_name", "save_problem"):
            setattr(reference, name, meta[name])
        measured = reference.measured
        for name in ("outputs", "gradients", "stepped", "optimizer"):
            setattr(measured, name, unpack(meta[name], arrays))
        for name in ("loss", "step_size", "notes", "strengths", "draws", "optimizer_name"):
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
