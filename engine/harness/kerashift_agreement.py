"""Agreement with the Keras 2 original and between backends, from the same weights and batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_answers import Answers
from kerashift_bisect import first_other_shape
from kerashift_calls import watch_calls
from kerashift_errors import short_words
from kerashift_measure import measure
from kerashift_nest import largest_difference, largest_size, leaves
from kerashift_parity import compare, rank_of
from kerashift_reference import (
    REFERENCE,
    Reference,
    take_weights,
    write_arrays,
    write_reference,
)
from kerashift_saving import save_and_load
from kerashift_subject import Subject

OUTPUTS = "outputs.npz"
NAMES_TOLD = 6
UNEVENNESS = 0.1


class Agreement:
    """Compares with the reference, or leaves one where there is none yet."""

    def __init__(self, framework: Any, spec: dict[str, Any], answers: Answers) -> None:
        self._framework = framework
        self._spec = spec
        self._answers = answers

    def leave_reference(self, subject: Subject, is_original: bool) -> None:
        """Measure from the initial weights, and write that down for the runs after this one."""
        framework, model = self._framework, subject.model
        reference = Reference()
        reference.records = weights.records(framework, model)
        reference.weights = [telling(array) for array in subject.start]
        weights.write(framework, model, reference.weights)
        reference.x, reference.batch = subject.x, subject.batch
        reference.parts = framework.part_calls
        reference.loss_name = subject.loss.name
        loss = subject.loss if is_original else None
        reference.measured = measure(
            framework, model, subject.x, subject.batch, loss, None, subject.optimizers
        )
        if is_original:
            try:
                save_and_load(framework, model, subject.x, self._spec["folder"], self._answers.root)
            except Exception as error:
                reference.save_problem = short_words(error)
        write_reference(str(Path(self._spec["folder"], REFERENCE)), reference)
        self._compare_backends(reference.measured.outputs)

    def with_reference(self, subject: Subject, reference: Reference) -> None:
        """Take the reference's weights and answer the check."""
        framework, model = self._framework, subject.model
        numbers, alone = take_weights(framework, model, reference)
        if alone:
            self._tell_unmatched(alone, subject, reference)
            return
        theirs = reference.measured
        loss = subject.loss if reference.is_original else None
        ours = measure(
            *(framework, model, reference.x, reference.batch, loss, theirs.step_size),
            subject.optimizers,
        )
        self._compare_backends(ours.outputs)
        if reference.is_original:
            for text in dict.fromkeys([*theirs.notes, *ours.notes]):
                self._answers.note(text)
            has_steps = theirs.stepped is not None and ours.stepped is not None
            if theirs.outputs is None or ours.outputs is None:
                self._answers.check("baseline", "skipped", [*theirs.notes, *ours.notes][0])
                return
            records = weights.records(framework, model)
            result = compare(theirs, ours, numbers, records, self._again(model))
            self._answers.events.emit("parity", **result.numbers)
            said = result.say("the Keras 2 original")
            status = "passed" if result.agrees else "failed"
            if result.agrees and ours.is_own_training and not has_steps:
                # The step is what the project wrote itself, and what was rewritten.
                status, said = "skipped", f"{[*theirs.notes, *ours.notes][0]}; {said}"
            self._answers.check("baseline", status, said)

    def _again(self, model: Any) -> Any:
        """Calls one layer of the model, by its path, on an array."""
        framework = self._framework
        numbers = {path: number for number, path in framework.paths(model)}
        layers = {id(layer): layer for layer in framework.layers(model)}

        def call(path: str, array: np.ndarray) -> Any:
            layer = layers.get(numbers.get(path, 0))
            try:
                found = leaves(framework.forward(layer, array))
            except Exception:
                return None
            return found[0] if len(found) == 1 else None

        return call

    def _tell_unmatched(self, alone: list[str], subject: Subject, reference: Reference) -> None:
        names = ", ".join(alone[:NAMES_TOLD])
        if len(alone) > NAMES_TOLD:
            names += f" and {len(alone) - NAMES_TOLD} more"
        detail = f"weights without a counterpart: {names}"
        layer = alone[0].rpartition("/")[0]
        try:
            with watch_calls(self._framework, subject.model) as calls:
                self._framework.forward(subject.model, reference.x)
            shape = first_other_shape(reference.measured.calls, calls)
        except Exception:
            # It does not even take the batch of the original: the weights say enough.
            shape = None
        if shape is not None:
            layer = shape.name
            detail += f"; {shape.say()}"
        if reference.is_original:
            self._answers.events.emit("parity", first_divergent_layer=layer)
        self._answers.check(check_of(reference), "failed", detail)

    def _compare_backends(self, outputs: Any) -> None:
        """Write the outputs for the other backends, and compare with those that are there.

        Of two backends the later one to come here finds the outputs of the other.
        """
        found = leaves(outputs)
        arrays = {f"a{n:04}": leaf for n, leaf in enumerate(found)}
        write_arrays(str(Path(self._spec["folder"], OUTPUTS)), arrays)
        for other in self._spec["others"]:
            path = Path(other["folder"], OUTPUTS)
            if not path.exists():
                continue
            with np.load(path) as arrays:
                theirs = [arrays[name] for name in sorted(arrays.files)]
            gap = largest_difference(theirs, found)
            # The measure is that of the first in order, whoever compares.
            size = largest_size(theirs if other["is_earlier"] else found)
            self._answers.events.emit(
                "agreement",
                backend=other["backend"],
                forward_max_abs=gap,
                rank=rank_of(gap, size),
            )


def check_of(reference: Reference | None) -> str:
    """The name of the check that a comparison with it answers."""
    return "baseline" if reference is not None and reference.is_original else "backends"


def telling(array: np.ndarray) -> np.ndarray:
    """The weight, uneven: biases that are all zero would not show where they went wrong."""
    if array.dtype.kind != "f" or array.size == 0 or np.ptp(array) > 0:
        return array
    noise = np.random.RandomState(array.size % 1000).rand(*array.shape)
    return (array + UNEVENNESS * noise).astype(array.dtype)
