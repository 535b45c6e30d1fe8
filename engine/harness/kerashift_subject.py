"""Get a model to look at: from a callable, or by watching a script, a notebook or a test."""

from __future__ import annotations

import builtins
import gc
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import kerashift_entries as entries
import kerashift_weights as weights
from kerashift_batches import (
    choose_loss,
    likely_targets,
    make_inputs,
    make_targets,
    named_loss,
)
from kerashift_calm import calm_functions, calm_layers
from kerashift_capture import Batch, inputs_of
from kerashift_errors import EnoughSeenError, EntryError
from kerashift_measure import LossSpec, own_loss
from kerashift_nest import leaves
from kerashift_parts import PartCall, lacks_call, watch_parts
from kerashift_reference import Given


class Subject:
    """A model with what it is called on and the batch of a step.

    `has_trained` says that the project trained it.

    `start` are the weights before that, if `knows_start`; else those that it has now.
    """

    def __init__(self, model: Any, x: Any, batch: Batch, loss: LossSpec, compiled: bool) -> None:
        self.model = model
        self.x = x
        self.batch = batch
        self.loss = loss
        self.is_compiled = compiled
        self.has_trained = False
        self.start: list[Any] = []
        self.knows_start = False
        self.optimizers: dict[str, Any] = {}
        """The project's own by attribute, as (class, configuration), if the model was compiled."""


def load_function(root: Path, entry: dict[str, Any]) -> Any:
    """The entry's callable; raises `EntryError`, and whatever importing its module raises."""
    return entries.load_callable(root, root / entry["path"], entry["callable"])


def call_function(framework: Any, function: Any, entry: dict[str, Any], note: Any) -> Any:
    """The model that the callable gives; raises `EntryError` if it gives none."""
    given = entry["arguments"]
    arguments = entries.complete_arguments(function, given)
    guessed = [f"{name}={value!r}" for name, value in arguments.items() if name not in given]
    if guessed:
        note(f"arguments without a default were guessed: {', '.join(guessed)}")
    return _model_in(framework, function(**arguments), entry["callable"])


def _model_in(framework: Any, value: Any, name: str) -> Any:
    if isinstance(value, framework.Model):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            if isinstance(item, framework.Model):
                return item
    raise EntryError(f"{name} gives a {type(value).__name__}, not a Keras model")


def run_program(root: Path, spec: dict[str, Any], seconds: float) -> bool:
    """Run a script, a notebook or tests; tells whether it came to its end.

    It is ended when enough is seen of it, or when it has run for so many seconds.
    """
    # Nobody answers questions here.
    builtins.input = lambda prompt="": ""  # type: ignore[assignment]
    runners = {"script": entries.run_script, "notebook": entries.run_notebook, "pytest": _run_tests}
    with _limit(seconds):
        try:
            runners[spec["kind"]](root, root / spec["path"], spec["argv"])
        except EnoughSeenError:
            return False
        except SystemExit as error:
            if error.code not in (None, 0):
                raise
    return True


def _run_tests(root: Path, path: Path, arguments: list[str]) -> None:
    import pytest

    class Failures:
        def __init__(self) -> None:
            self.first: BaseException | None = None

        def pytest_exception_interact(self, call: Any) -> None:
            self.first = self.first or call.excinfo.value

    entries.set_paths(root, path.parent)
    failures = Failures()
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(root)]
    code = pytest.main([*options, *arguments], plugins=[failures])
    if failures.first is not None:
        raise failures.first
    if code != 0:
        raise EntryError(f"the tests ended with {code!s}")


class _limit:
    """Ends the block by `EnoughSeenError` after some seconds, where the system can do that."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, _on_alarm)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _on_alarm(number: int, frame: FrameType | None) -> None:
    raise EnoughSeenError


def subject_of(
    framework: Any, model: Any, recorder: Any, earlier: Given | None, tell_data: Any
) -> Subject:
    """Put a batch and a loss to a model; raises `EntryError` where none can be found.

    They are its own, or else those of an `earlier` run.
    """
    compiled = recorder.compiled.get(id(model))
    batch = recorder.batch if model is recorder.model else None
    loss = own_loss(compiled)
    if batch is None and earlier is not None:
        batch = earlier.batch
    is_container = lacks_call(framework, model) or (earlier is not None and earlier.parts)
    if is_container:
        framework.part_calls = _part_calls(framework, model, batch, earlier)
        framework.container = type(model)
    if batch is None:
        x = make_inputs(framework, model)
    elif is_container or (model.built and getattr(model, "inputs", None)):
        x = batch.x
    else:
        # `build` of a Keras 3 model that does not know its inputs makes no weights: this does.
        x = inputs_of(framework, model, batch)
    if loss is None and earlier is not None and earlier.loss_name:
        loss = named_loss(earlier.loss_name)
    chosen = loss or choose_loss(framework.forward(model, x))
    if batch is None:
        tell_data("synthetic")
    if batch is None or (batch.y is None and compiled is None):
        batch = Batch(x, _targets(framework, model, x, chosen, compiled))
    subject = Subject(model, x, batch, chosen, compiled is not None)
    subject.start = weights.read(framework, model)
    subject.optimizers = recorder.optimizers.get(id(model), {})
    return subject


def _part_calls(
    framework: Any, model: Any, batch: Any, earlier: Given | None
) -> list[PartCall]:
    """What stands for the model's forward pass: what one step gives to its parts.

    The step is taken with numbers to be seen and builds the parts; their weights stay.
    """
    if earlier is not None:
        return list(earlier.parts)
    if batch is None:
        raise EntryError(
            f"{type(model).__name__} has no `call`, so that its inputs are not known: run the"
            " program that trains it"
        )
    own = framework.optimizers(model)
    before = weights.read(framework, model)
    with calm_functions(), calm_layers(framework, model), watch_parts(framework, model) as seen:
        framework.replace_optimizers(model, lambda: framework.sgd(0.0), eager=True)
        framework.train_step(model, batch)
    framework.put_optimizers(model, own)
    if len(before) == len(weights.variables(framework, model)):
        weights.write(framework, model, before)
    return seen or _made_up_calls(framework, model)


def _made_up_calls(framework: Any, model: Any) -> list[PartCall]:
    """Where a step is always traced: calls of the parts that tell their inputs."""
    layers = {id(layer): layer for layer in framework.layers(model)}
    return [
        PartCall(place, (make_inputs(framework, layers[number]),), {})
        for number, place in framework.places(model)
        if getattr(layers[number], "inputs", None) and place.count("/") == 1
    ]


def _targets(framework: Any, model: Any, x: Any, loss: LossSpec, compiled: Any) -> Any:
    if compiled is not None and loss.value is None:
        # The loss is computed in the model: in `call`, which needs no targets, or in `train_step`.
        own_step = framework.has_own_step(model)
        return likely_targets(framework.forward(model, x)) if own_step else None
    optimizer = getattr(model, "optimizer", None)
    y = make_targets(framework, model, x, loss)
    if compiled is not None:
        # Trying targets has compiled the model anew.
        type(model).compile(model, **{**compiled, "optimizer": optimizer})
    return y


def any_model(framework: Any) -> Any:
    """The largest model alive: what a script has built that never called `fit`.

    Of models that share their weights, the one that gives most: features are taken from it.
    """
    models = [found for found in gc.get_objects() if isinstance(found, framework.Model)]
    built = [model for model in models if model.built]
    return max(built or models, key=_size, default=None)


def _size(model: Any) -> tuple[int, int, int]:
    outputs = leaves(getattr(model, "outputs", None))
    return len(model.weights), len(outputs), len(model.layers)
