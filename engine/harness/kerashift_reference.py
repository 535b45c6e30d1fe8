"""What a run leaves for those after it: weights, a batch, and what was measured on it."""
from __future__ import annotations

import json
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_capture import Batch
from kerashift_measure import Measurement
from kerashift_nest import pack, unpack
from kerashift_parts import PartCall


class Reference:
    """A measured model: `x` was called, `batch` trained with; `parts` as a model without `call`.

    `save_problem` says why the original cannot be saved, if it cannot.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.weights: list[np.ndarray] = []
        self.x: Any = None
        self.batch = Batch(None)
        self.parts: list[PartCall] = []
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
        "parts": [
            [call.place, pack(call.args, "a", arrays), pack(call.kwargs, "a", arrays)]
            for call in reference.parts
        ],
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
    np.savez(path, meta=np.array(json.dumps(meta)), **arrays)


def read_reference(path: str) -> Reference:
    """Read what `write_reference` wrote; raises `OSError`, `ValueError`."""
    reference = Reference()
    with np.load(path, allow_pickle=False) as arrays:
        meta = json.loads(str(arrays["meta"]))
        reference.weights = unpack(meta["weights"], arrays)
        reference.x = unpack(meta["x"], arrays)
        reference.batch = Batch(*unpack(meta["batch"], arrays))
        reference.parts = [
            PartCall(place, unpack(args, arrays), unpack(kwargs, arrays))
            for place, args, kwargs in meta["parts"]
        ]
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
