"""One run from its first import to its last check."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kerashift_agreement import Agreement, check_of
from kerashift_answers import Answers
from kerashift_earlier import Earlier
from kerashift_errors import crosses_import, functions_of, short_words
from kerashift_facts import peak_memory_mib, usual_seconds
from kerashift_framework import Framework
from kerashift_legacy import alias_keras, take_old_arguments
from kerashift_plots import keep_plots_quiet
from kerashift_recorder import Recorder
from kerashift_reference import GIVEN, Given, write_given
from kerashift_saving import lacks_config, save_and_load, save_weights_alone
from kerashift_standins import StandIns
from kerashift_subject import (
    Subject,
    any_model,
    call_function,
    load_function,
    run_program,
    subject_of,
)
from kerashift_training import confirm_script, train_callable

SAVING = {"save", "save_model", "load_model", "save_weights", "load_weights", "export"}


class Run:
    """Answers the questions in order; each answer is an event."""

    def __init__(self, spec: dict[str, Any], events: Any) -> None:
        self._spec = spec
        self._entry = spec["entry"]
        self._root = Path(spec["root"])
        self._is_original = spec["role"] == "baseline"
        self._events = events
        self._answers = Answers(events, self._root)
        self._framework: Any = None
        self._recorder: Any = None
        self._standins: Any = None
        self._earlier = Earlier(spec, events)
        self._model: Any = None

    def execute(self) -> None:
        """Run; whatever the project does wrong is told as events."""
        try:
            self._ask()
        finally:
            self._tell_result()

    def _ask(self) -> None:
        self._answers.stage("imports")
        if not self._answers.attempt("imports", self._prepare):
            return
        is_callable = self._entry["kind"] == "callable"
        model = self._call() if is_callable else self._watch()
        if model is None:
            return
        self._model = model
        self._recorder.is_watching = False
        self._recorder.unfreeze()
        found: list[Subject] = []
        if not self._answers.attempt("trains", lambda: found.append(self._subject(model))):
            return
        self._leave_given(found[0])
        agreement = Agreement(self._framework, self._spec, self._answers)
        if self._is_original:
            agreement.leave_reference(found[0], is_original=True)
        else:
            self._judge(found[0], agreement)

    def _judge(self, subject: Subject, agreement: Agreement) -> None:
        answers = self._answers
        if not subject.model.trainable_weights and not subject.has_trained:
            answers.check("trains", "skipped", "the model has no trainable weights")
        if "trains" not in answers.status:
            answers.attempt("trains", lambda: self._train(subject))
        if "saves" not in answers.status:
            answers.stage("saves")
            answers.attempt("saves", lambda: self._save(subject), self._excuse)
        reference = self._earlier.reference()
        name = check_of(reference)
        answers.stage(name)
        if reference is None:
            answers.attempt(name, lambda: agreement.leave_reference(subject, is_original=False))
        else:
            answers.attempt(name, lambda: agreement.with_reference(subject, reference))

    # Getting a model

    def _prepare(self) -> None:
        keep_plots_quiet(self._root, self._answers.note)
        if self._is_original:
            alias_keras()
            take_old_arguments(self._answers.note)
        self._framework = Framework("tf_keras" if self._is_original else self._spec["backend"])
        self._framework.set_seed(self._spec["seed"])
        self._recorder = Recorder(self._framework, self._spec, self._events, self._on_model)
        self._recorder.stop_at_training = self._is_original
        self._recorder.install()
        self._standins = StandIns(
            self._framework, self._spec["data"], self._spec["folder"], self._answers.note
        )
        self._standins.install()

    def _call(self) -> Any:
        """The model that a callable gives."""
        answers = self._answers
        found: list[Any] = []
        if not answers.attempt(
            "imports", lambda: found.append(load_function(self._root, self._entry))
        ):
            return None
        answers.passed("imports", f"{self._entry['path']} imported")
        answers.stage("builds")
        if not answers.attempt(
            "builds",
            lambda: found.append(
                call_function(self._framework, found[0], self._entry, answers.note)
            ),
        ):
            return None
        answers.passed("builds", _picture(found[1]))
        answers.stage("trains")
        return found[1]

    def _watch(self) -> Any:
        """Run the program; gives the model it trained, or else one that it has built."""
        answers, recorder = self._answers, self._recorder
        ended = True
        try:
            ended = run_program(self._root, self._entry, self._spec["seconds"])
        except (Exception, SystemExit) as error:
            answers.fail(self._blame(error), error)
        if answers.status.get("imports") == "failed":
            return None
        if not ended and not self._is_original:
            answers.note("the program was ended before its end: its training was seen")
        answers.passed("imports", "the program ran")
        recorder.tell_losses()
        model = recorder.model or recorder.last_compiled or any_model(self._framework)
        if model is None and self._entry["kind"] == "pytest":
            answers.check("builds", "skipped", "the tests have left no model to look at")
        elif model is None:
            answers.check("builds", "failed", "the program has built no Keras model")
        else:
            answers.passed("builds", _picture(model))
            # It may be another one than the first, and built only by its training.
            answers.refine("builds", _picture(model))
        return model

    def _on_model(self, model: Any) -> None:
        self._answers.passed("imports", "all that the model needs")
        if "builds" not in self._answers.status:
            self._answers.passed("builds", _picture(model))
            self._answers.stage("trains")

    def _blame(self, error: BaseException) -> str:
        """The check that a program's exception answers."""
        if "builds" not in self._answers.status:
            importing = isinstance(error, (ImportError, SyntaxError)) or crosses_import(
                error, self._root
            )
            return "imports" if importing else "builds"
        return "saves" if SAVING.intersection(functions_of(error)) else "trains"

    def _subject(self, model: Any) -> Subject:
        recorder = self._recorder
        earlier = self._earlier.given()
        subject = subject_of(self._framework, model, recorder, earlier, self._answers.data)
        if model is recorder.model:
            subject.has_trained = bool(recorder.finished_fits or recorder.losses)
            subject.start = recorder.initial or subject.start
            subject.knows_start = recorder.initial is not None
        return subject

    def _leave_given(self, subject: Subject) -> None:
        given = Given(subject.batch, subject.loss.name, self._framework.part_calls)
        try:
            write_given(str(Path(self._spec["folder"], GIVEN)), given)
        except (OSError, TypeError, ValueError) as error:
            # The others take one of their own.
            self._answers.note(f"the batch cannot be kept for other backends: {short_words(error)}")

    # The questions

    def _train(self, subject: Subject) -> str:
        common = (self._framework, subject.model, subject.batch, subject.loss)
        if subject.has_trained:
            start = subject.start if subject.knows_start else None
            return confirm_script(*common, self._recorder, start)
        return train_callable(*common, subject.is_compiled, self._recorder)

    def _save(self, subject: Subject) -> str | None:
        common = (self._framework, subject.model, subject.x, self._spec["folder"])
        try:
            return save_and_load(*common, self._root)
        except (NotImplementedError, TypeError) as error:
            if not lacks_config(self._framework, subject.model, error):
                raise
        said = save_weights_alone(*common)
        reason = "no file can hold it as a whole, since a class of it has no `get_config`"
        self._answers.check("saves", "skipped", f"{reason}; {said}")
        return None

    def _excuse(self) -> str:
        reference = self._earlier.reference()
        problem = reference.save_problem if reference else ""
        return f"The original cannot be saved either ({problem})." if problem else ""

    # Facts

    def _tell_result(self) -> None:
        if self._framework is None:
            return
        if self._standins and self._standins.replaced:
            self._answers.data("synthetic", ", ".join(self._standins.replaced))
        elif self._recorder and self._recorder.batch is not None:
            self._answers.data("real")
        seconds = self._recorder.step_seconds if self._recorder else []
        self._events.emit(
            "result",
            versions=self._framework.versions(),
            python=sys.executable,
            device=self._framework.device(self._model) if self._model is not None else "",
            seconds_per_step=usual_seconds(seconds),
            peak_memory_mib=peak_memory_mib(),
        )


def _picture(model: Any) -> str:
    kind = type(model).__name__
    if not model.built:
        return f"{kind} {model.name}"
    return f"{kind} {model.name}: {len(model.layers)} layers, {model.count_params():,} parameters"
