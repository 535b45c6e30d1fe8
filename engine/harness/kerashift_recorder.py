"""Looks over a project's shoulder while it compiles and trains, and cuts training to a budget."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_capture import first_batch, inputs_of
from kerashift_errors import EnoughSeenError
from kerashift_parts import lacks_call
from kerashift_plots import without_board

LOOP_PATIENCE = 20.0
"""Seconds that a project's own loop may go on after its steps are used up."""


class Recorder:
    """`model` is the first one that trained, with its first batch and its initial weights.

    Where the project has written a class with its own training step, the first model of such a
    class takes that place, whatever trained before: a teacher, an encoder.
    """

    def __init__(
        self, framework: Any, budget: dict[str, int], events: Any, on_model: Callable[[Any], None]
    ) -> None:
        self.framework = framework
        self.steps = budget["steps"]
        self.epochs = budget["epochs"]
        self.events = events
        self.on_model = on_model
        self.model: Any = None
        self.batch: Any = None
        self.initial: list[np.ndarray] | None = None
        self._trainable: list[tuple[Any, bool]] = []
        self.compiled: dict[int, dict[str, Any]] = {}
        self.optimizers: dict[int, dict[str, tuple[type, dict[str, Any]]]] = {}
        self.last_compiled: Any = None
        self.losses: list[float] = []
        self.step_seconds: list[float] = []
        self.finished_fits = 0
        self.stop_at_training = False
        self.is_watching = True
        self.was_cut = False
        self.own_updates = 0
        self._awaits = False
        """A model with its own step may still come."""
        self._optimizers: set[int] = set()
        self._depth = 0
        self._loop_steps = 0
        self._loop_over_since = 0.0
        self._last_logs: Any = None

    def install(self) -> None:
        for name in ("compile", "fit", "evaluate", "train_on_batch"):
            # On the class that has it: Keras asks whether a model overrides `compile`.
            owner = next(base for base in self.framework.Model.__mro__ if name in vars(base))
            setattr(owner, name, self._wrapped(vars(owner)[name], getattr(self, f"_{name}")))
        for owner, name in self.framework.update_methods():
            setattr(owner, name, self._counted(vars(owner)[name]))

    def _wrapped(self, original: Callable[..., Any], instead: Callable[..., Any]) -> Any:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def method(model: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                bound = signature.bind(model, *args, **kwargs)
            except TypeError:
                bound = None
            if bound is None or self._depth or not self.is_watching:
                return original(model, *args, **kwargs)
            self._depth += 1
            try:
                return instead(model, original, _flat(bound, signature))
            finally:
                self._depth -= 1

        return method

    def _counted(self, original: Callable[..., Any]) -> Any:
        """An optimizer's update: outside of `fit`, it is a step of the project's own loop."""

        @functools.wraps(original)
        def method(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            if self._depth or not self.is_watching:
                return original(optimizer, *args, **kwargs)
            self._optimizers.add(id(optimizer))
            if self.stop_at_training:
                raise EnoughSeenError
            self._depth += 1
            try:
                result = original(optimizer, *args, **kwargs)
            finally:
                self._depth -= 1
            self.own_updates += 1
            if self.own_updates >= self.steps * self.epochs * len(self._optimizers):
                self.was_cut = True
                raise EnoughSeenError
            return result

        return method

    # What stands in for each method. `arguments` are by name, without `self`.

    def _compile(self, model: Any, original: Any, arguments: dict[str, Any]) -> Any:
        result = original(model, **arguments)
        # The original is stopped at its first training: what is compiled later it never sees.
        if model is not self.model:
            self.compiled[id(model)] = arguments
            self._keep_optimizers(model)
        self.last_compiled = model
        self.on_model(model)
        return result

    def _keep_optimizers(self, model: Any) -> None:
        """As they are now: callbacks change learning rates later."""
        kept = self.optimizers[id(model)] = {}
        for name, optimizer in self.framework.optimizers(model).items():
            if name == "optimizer" and "optimizer" not in self.compiled.get(id(model), {}):
                continue  # Keras's own choice, where the project has others
            try:
                kept[name] = type(optimizer), optimizer.get_config()
            except Exception:
                # One of the project's own that does not tell its configuration.
                continue

    def _fit(self, model: Any, original: Any, arguments: dict[str, Any]) -> Any:
        size = arguments.get("batch_size")
        arguments["x"] = self._see(model, arguments, size)
        first = arguments.get("initial_epoch") or 0
        epochs = arguments.get("epochs", 1)
        arguments["epochs"] = min(epochs, first + self.epochs)
        self.was_cut = self.was_cut or arguments["epochs"] < epochs
        arguments["callbacks"] = self._with_watcher(arguments.get("callbacks"))
        result = original(model, **arguments)
        self.finished_fits += 1
        return result

    def _evaluate(self, model: Any, original: Any, arguments: dict[str, Any]) -> Any:
        arguments["callbacks"] = self._with_watcher(arguments.get("callbacks"))
        return original(model, **arguments)

    def _train_on_batch(self, model: Any, original: Any, arguments: dict[str, Any]) -> Any:
        self._see(model, arguments, None)
        if self._loop_steps >= self.steps * max(len(self.compiled), 1):
            return self._skip_step()
        self._loop_steps += 1
        started = time.perf_counter()
        logs = original(model, **arguments)
        self.step_seconds.append(time.perf_counter() - started)
        if model is self.model:
            self.add_loss(next(iter(_values(logs)), None))
        self._last_logs = logs
        return logs

    def _skip_step(self) -> Any:
        """A loop of the project's own goes on for nothing, to reach what follows it."""
        self.was_cut = True
        self._loop_over_since = self._loop_over_since or time.monotonic()
        if time.monotonic() - self._loop_over_since > LOOP_PATIENCE:
            raise EnoughSeenError
        return self._last_logs

    def _see(self, model: Any, arguments: dict[str, Any], size: int | None) -> Any:
        """Keep the model whose training counts; gives the `x` to train with."""
        x = arguments.get("x")
        has_own_step = self.framework.has_own_step(model)
        if self.model is not None and (model is self.model or not has_own_step or not self._awaits):
            return x
        self._awaits = not has_own_step and self.framework.knows_own_steps()
        self.model = model
        self.losses, self.batch = [], None
        self.on_model(model)
        try:
            given = arguments.get("y"), size, arguments.get("sample_weight")
            self.batch, x = first_batch(x, *given)
        except Exception as error:
            self._note(f"the first batch could not be looked at: {error}")
        # Also what is set after the call of `compile` that has been seen.
        self._keep_optimizers(model)
        self.initial = self._weights()
        self._trainable = [(part, part.trainable) for part in self.framework.layers(model)]
        if self.stop_at_training and not self._awaits:
            raise EnoughSeenError
        return x

    def _weights(self) -> list[np.ndarray] | None:
        try:
            if lacks_call(self.framework, self.model):
                parts = self.framework.layers(self.model)[1:]
                if not all(part.built for part in parts):
                    return None
            elif not self.model.built and self.batch is not None:
                inputs_of(self.framework, self.model, self.batch)
            return weights.read(self.framework, self.model)
        except Exception:
            # The project's own call meets the same mistake and is told of it there.
            return None

    def unfreeze(self) -> None:
        """Undo what the project has frozen or thawed since the training that was seen first."""
        # Outer layers first: they set their inner ones.
        for layer, trainable in self._trainable:
            layer.trainable = trainable

    def add_loss(self, value: Any) -> None:
        if value is None:
            return
        self.losses.append(float(value))
        if not self._awaits:
            self.events.emit("loss", step=len(self.losses), value=float(value))

    def tell_losses(self) -> None:
        """Say those that were kept back for a model that has not come."""
        if self._awaits:
            self._awaits = False
            for number, value in enumerate(self.losses, 1):
                self.events.emit("loss", step=number, value=value)

    def _with_watcher(self, callbacks: Any) -> Any:
        shown = without_board(self.framework.keras, callbacks, self._note)
        return _with(shown, _make_callback(self))

    def _note(self, text: str) -> None:
        self.events.emit("note", text=text)


def _make_callback(recorder: Recorder) -> Any:
    """A Keras callback that reports each step and stops after the last one of the budget."""

    class Budget(recorder.framework.keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.trained = self.tested = 0
            self.started = 0.0

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.started = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            recorder.step_seconds.append(time.perf_counter() - self.started)
            if self.model is recorder.model:
                recorder.add_loss(shown_loss(logs or {}))
            self.trained += 1
            if self.trained >= recorder.steps * recorder.epochs:
                recorder.was_cut = True
                self.model.stop_training = True

        def on_test_begin(self, logs: Any = None) -> None:
            self.tested = 0

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            self.tested += 1
            if self.tested >= recorder.steps:
                self.model.stop_evaluating = True

    return Budget()


def _flat(bound: inspect.BoundArguments, signature: inspect.Signature) -> dict[str, Any]:
    """Arguments by name; the first, `self`, is left out, and `**kwargs` is unfolded."""
    names = list(signature.parameters)
    arguments = dict(bound.arguments)
    arguments.pop(names[0])
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments.update(arguments.pop(parameter.name, {}))
    return arguments


def _with(callbacks: Any, extra: Any) -> Any:
    if callbacks is None:
        return [extra]
    if hasattr(callbacks, "append") and not isinstance(callbacks, list):
        callbacks.append(extra)
        return callbacks
    return [*callbacks, extra] if isinstance(callbacks, (list, tuple)) else [callbacks, extra]


def shown_loss(logs: dict[str, Any]) -> Any:
    """The loss among what a step logs: by its name, else the first that is called so."""
    named = [value for name, value in logs.items() if "loss" in name]
    return logs.get("loss", next(iter([*named, *logs.values()]), None))


def _values(logs: Any) -> list[Any]:
    if isinstance(logs, dict):
        return [shown_loss(logs)]
    return list(np.ravel(logs)) if logs is not None else []
