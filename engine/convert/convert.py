"""Convert saved models: read under Keras 2, write in Keras 3, verify on each backend.

The models of one call share their children: one reads, one writes, and one more for each further
backend verifies. The saved files are only read.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from kerashift.engine.convert.operations import translate_operations
from kerashift.engine.convert.plan import ConversionPlan, ConversionResult, Outcome, Proof
from kerashift.engine.fixing import fix_project
from kerashift.engine.journal import originals
from kerashift.engine.model import Safety
from kerashift.engine.run.child import LEGACY, environment_of
from kerashift.engine.run.entry import EntryNotFoundError, EntrySpec, parse_entry
from kerashift.engine.run.environments import (
    BACKENDS,
    Environment,
    Environments,
    NoEnvironmentError,
    choose,
    choose_legacy,
)
from kerashift.engine.run.plan import RunPlan
from kerashift.engine.run.runner import start
from kerashift.engine.run.shadow import Shadow, ShadowCancelled, make_shadow
from kerashift.engine.scan import scan_project

TIMEOUT = 3600.0
READ = "read"


class ConversionCallbacks(Protocol):
    """What a conversion tells while it goes on; called on threads of its own."""

    def on_log(self, side: str, text: str) -> None:
        """Text that a child printed."""

    def on_progress(self, done: int, total: int, text: str) -> None:
        """Steps that are done, of all, and what is at hand."""

    def cancelled(self) -> bool:
        """Asked often; true stops the running child and ends the conversion."""


@dataclass
class _Work:
    """One model on its way."""

    plan: ConversionPlan
    folder: Path
    entry: EntrySpec | None = None
    problem: str = ""
    notes: list[str] = field(default_factory=list)
    proofs: dict[str, Proof] = field(default_factory=dict)
    parameters: int = 0

    def result(self) -> ConversionResult:
        outcomes = [proof.outcome for proof in self.proofs.values() if not proof.unable]
        if self.problem or not outcomes:
            outcome = Outcome.FAILED
        else:
            outcome = max(outcomes, key=list(Outcome).index)
        problem = self.problem or next((p.problem for p in self.proofs.values() if p.problem), "")
        notes = tuple(dict.fromkeys(self.notes))
        return ConversionResult(
            self.plan, outcome, problem, notes, dict(self.proofs), self.parameters
        )


def convert_models(
    plans: Sequence[ConversionPlan], callbacks: ConversionCallbacks
) -> list[ConversionResult]:
    """Convert models; those with code must share `root`, whose code is run.

    Nothing is raised for what a model lacks: that is in the results. An output is written, whole
    or not at all, where the predictions are the same.
    """
    with tempfile.TemporaryDirectory(
        prefix="kerashift-convert-", ignore_cleanup_errors=True
    ) as folder:
        conversion = _Conversion(plans, callbacks, Path(folder))
        conversion.run()
        return [conversion.finish(work) for work in conversion.works]


class _Conversion:
    """The children of one call, in order."""

    def __init__(
        self, plans: Sequence[ConversionPlan], callbacks: ConversionCallbacks, folder: Path
    ) -> None:
        self._callbacks = callbacks
        self._folder = folder
        self._done = 0
        self.works = [_Work(plan, folder / f"model-{n}") for n, plan in enumerate(plans)]
        self._total = len(self.works) * (1 + len(BACKENDS))
        for work in self.works:
            work.folder.mkdir()
            work.entry = _entry(work)
        self._root = next((w.plan.root for w in self.works if w.entry), None)

    def run(self) -> None:
        environments = Environments(self._root)
        try:
            # What saved models hold is looked up in places of the last Keras 2 alone.
            read = choose_legacy(each for each in environments if each.has_tf_keras)
            sides = {backend: choose(environments, backend) for backend in BACKENDS}
        except NoEnvironmentError as error:
            for work in self.works:
                work.problem = work.problem or str(error)
            return
        self._child(READ, LEGACY, read, self._on_read)
        for number, backend in enumerate(BACKENDS):
            role = "verify" if number else "write"
            self._child(role, backend, sides[backend], self._on_proof)

    def finish(self, work: _Work) -> ConversionResult:
        """The result, with the file in its place where the predictions are the same."""
        if self._callbacks.cancelled():
            work.problem = work.problem or "it was stopped"
        result = work.result()
        if result.converted:
            try:
                _put(work.folder / "converted.keras", work.plan.output)
            except OSError as error:
                work.problem = f"cannot write {work.plan.output}: {error.strerror}"
                return work.result()
        return result

    # Children

    def _child(
        self,
        role: str,
        backend: str,
        environment: Environment,
        on_done: Callable[[_Work, str, Mapping[str, Any]], None],
    ) -> None:
        """Run one child on the models that are still on their way."""
        waiting = [n for n, work in enumerate(self.works) if not work.problem]
        if not waiting or self._callbacks.cancelled():
            return
        folder = self._folder / f"{role}-{backend}"
        folder.mkdir()
        try:
            shadow = self._shadow(role, folder)
        except (OSError, ShadowCancelled) as error:
            self._fail(waiting, f"the project cannot be copied: {error}")
            return
        answered: set[int] = set()

        def on_event(event: Mapping[str, Any]) -> None:
            number = event.get("model")
            if not isinstance(number, int):
                return
            work = self.works[number]
            if event["event"] == "begun":
                self._callbacks.on_progress(self._done, self._total, f"{work.plan.saved.path.name}")
            elif event["event"] == "done":
                answered.add(number)
                self._done += 1
                on_done(work, backend, event)

        spec = self._spec(role, backend, folder, shadow, waiting)
        try:
            run = start(
                environment.python, spec, folder, on_event,
                lambda text: self._callbacks.on_log(backend, text),
            )  # fmt: skip
        except OSError as error:
            self._fail(waiting, f"{environment.python} cannot be started: {error}")
            return
        outcome = run.wait(TIMEOUT, self._callbacks.cancelled)
        left = [number for number in waiting if number not in answered]
        self._fail(left, f"the process on {backend} {outcome.words()}")

    def _fail(self, numbers: Sequence[int], problem: str) -> None:
        for number in numbers:
            self.works[number].problem = problem

    def _shadow(self, role: str, folder: Path) -> Shadow:
        """A copy of the project to build models from: the original for reading, else fixed."""
        if self._root is None:
            empty = folder / "nothing"
            empty.mkdir()
            return make_shadow(empty, folder / "project", {})
        if role == READ:
            outputs: Mapping[str, bytes] = originals(self._root)
        else:
            outputs = fix_project(scan_project(self._root), Safety.REVIEW).outputs
        return make_shadow(self._root, folder / "project", outputs)

    def _spec(
        self, role: str, backend: str, folder: Path, shadow: Shadow, numbers: Sequence[int]
    ) -> dict[str, Any]:
        plan = RunPlan("", backend=backend, device="cpu")
        return {
            "role": role,
            "backend": backend,
            "root": str(shadow.folder),
            "guarded": list(shadow.guarded),
            "has_links": shadow.has_links,
            "folder": str(folder),
            "models": [self._model(number) for number in numbers],
            "environment": {"TMPDIR": str(folder), **environment_of(plan)},
        }

    def _model(self, number: int) -> dict[str, Any]:
        work = self.works[number]
        return {
            "number": number,
            "path": str(work.plan.saved.path),
            "kind": work.plan.saved.kind.value,
            "folder": str(work.folder),
            "entry": work.entry.to_json() if work.entry else None,
        }

    # What they say

    def _on_read(self, work: _Work, side: str, event: Mapping[str, Any]) -> None:
        work.problem = str(event.get("problem") or "")
        work.notes += event.get("notes") or ()
        work.parameters = int(event.get("parameters") or 0)
        config = work.folder / "config.json"
        if config.exists():
            model = json.loads(config.read_text(encoding="utf-8"))
            work.notes += translate_operations(model).notes
            config.write_text(json.dumps(model), encoding="utf-8")

    def _on_proof(self, work: _Work, backend: str, event: Mapping[str, Any]) -> None:
        work.notes += event.get("notes") or ()
        problem = str(event.get("problem") or "")
        if not (work.folder / "converted.keras").exists():
            work.problem = problem or "nothing was written"
            return
        work.proofs[backend] = Proof(
            event.get("difference"),
            float(event.get("largest") or 0.0),
            event.get("weights_difference"),
            problem,
            str(event.get("unable") or ""),
        )


def _entry(work: _Work) -> EntrySpec | None:
    """The code that builds the model; what is wrong with it becomes the model's problem."""
    if not work.plan.code:
        return None
    try:
        entry = parse_entry(work.plan.root, work.plan.code)
    except EntryNotFoundError as error:
        work.problem = str(error)
        return None
    if entry.kind != "callable":
        work.problem = f"{work.plan.code} is no callable: write FILE::callable"
        return None
    return entry


def _put(source: Path, target: Path) -> None:
    """Move a file to its place, whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
