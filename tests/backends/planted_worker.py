"""Child process of one side of the planted migrations: measures or compares each with the harness.

Usage: `planted_worker.py SIDE HARNESS CASES.json FOLDER`. The side `tf_keras` leaves a reference of
each project, a backend of Keras 3 compares its cases with them and prints the answers as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any


class Answers:
    """Keeps what the harness says."""

    root = Path()

    def __init__(self) -> None:
        self.events = self
        self.said: dict[str, Any] = {}

    def emit(self, event: str, **fields: Any) -> None:
        self.said[event] = fields

    def check(self, name: str, status: str, detail: str = "") -> None:
        self.said["check"] = {"name": name, "status": status, "detail": detail}

    def note(self, text: str) -> None:
        self.said.setdefault("notes", []).append(text)

    def data(self, data: str, detail: str = "") -> None:
        """Nobody asks."""


def main() -> None:
    side, harness, cases, folder = sys.argv[1:]
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    is_original = side == "tf_keras"
    if is_original:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    else:
        os.environ["KERAS_BACKEND"] = side
    sys.path.insert(0, harness)
    if is_original:
        from kerashift_legacy import alias_keras, take_old_arguments

        alias_keras()
        take_old_arguments(lambda text: None)
    from kerashift_framework import Framework
    from kerashift_recorder import Recorder

    framework = Framework(side)
    budget = {"steps": 5, "epochs": 1}
    recorder = Recorder(framework, budget, Answers(), lambda model: None)
    recorder.install()
    for case in json.loads(Path(cases).read_text(encoding="utf-8")):
        answers = Answers()
        try:
            judge(framework, recorder, answers, case, Path(folder), is_original)
        except Exception:
            answers.said["crash"] = traceback.format_exc()[-1500:]
        sys.stdout.write(json.dumps([case["id"], answers.said], default=float) + "\n")
        sys.stdout.flush()
        recorder.compiled.clear()
        recorder.optimizers.clear()


def judge(
    framework: Any, recorder: Any, answers: Answers, case: Any, folder: Path, is_original: bool
) -> None:
    from kerashift_agreement import Agreement
    from kerashift_reference import REFERENCE, read_reference
    from kerashift_subject import subject_of

    framework.set_seed(0)
    framework.keras.backend.clear_session()
    left = folder / case["project"]
    left.mkdir(exist_ok=True)
    spec = {"others": [], "folder": str(left)}
    scope: dict[str, Any] = {"__name__": "planted"}
    # As a file: TensorFlow reads the source of what it traces.
    module = folder / f"{framework.backend}_{len(list(folder.iterdir()))}.py"
    module.write_text(case["source"], encoding="utf-8")
    exec(compile(case["source"], str(module), "exec"), scope)
    reference = None if is_original else read_reference(str(left / REFERENCE))
    recorder.is_watching = True
    model = scope["build"]()
    recorder.is_watching = False
    if is_original and not getattr(model, "inputs", None):
        recorder.model, recorder.batch = model, batch_for(case)
    subject = subject_of(framework, model, recorder, reference, answers.data)
    agreement = Agreement(framework, spec, answers)
    if reference is None:
        agreement.leave_reference(subject, is_original=True)
    else:
        reference.is_original = True
        agreement.with_reference(subject, reference)


def batch_for(case: Any) -> Any:
    """A model that does not tell its inputs gets those of its project."""
    import numpy as np
    from kerashift_capture import Batch

    rng = np.random.RandomState(0)
    shape = case["shape"]
    return Batch(rng.rand(4, *shape).astype("float32"), rng.rand(4, 2).astype("float32"))


if __name__ == "__main__":
    main()
