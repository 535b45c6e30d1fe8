"""Packages that no one here wrote train on all three backends after `fix --safety review`.

Nothing in them is edited by hand; a few lines beside them build a model, as their users do. The
original package runs under Keras 2 with the same lines, and the outputs must agree.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Safety
from kerashift.engine.run.plan import BACKENDS, RunPlan, Status
from kerashift.engine.run.suite import run_suite
from kerashift.engine.scan import scan_project
from tests.corpus.conftest import Fetch

DRIVERS = Path(__file__).parent / "drivers"
FOLDERS = {
    "keras-tcn==3.5.0": "tcn",
    "keras-self-attention==0.51.0": "keras_self_attention",
    "efficientnet==1.1.1": "efficientnet",
    "image-classifiers==1.0.0": "classification_models",
    "segmentation_models==1.0.1": "segmentation_models",
}
DRIVEN = {
    "tcn_model.py": ("keras-tcn==3.5.0",),
    "keras_self_attention_model.py": ("keras-self-attention==0.51.0",),
    "efficientnet_model.py": ("efficientnet==1.1.1",),
    "segmentation_model.py": (
        "segmentation_models==1.0.1",
        "image-classifiers==1.0.0",
        "efficientnet==1.1.1",
    ),
}
"""The packages that each driver uses, fixed together as one project."""
STEPS = 3
FORWARD = 1e-4
"""Outputs of deep networks drift by rounding; the sample's bound of 1e-5 is tested elsewhere."""

pytestmark = [pytest.mark.corpus, pytest.mark.backends]


class Silent:
    """Callbacks that keep the log for the failure message."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def on_log(self, backend: str, text: str) -> None:
        self.log.append(f"{backend}: {text}")

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        pass

    def cancelled(self) -> bool:
        return False


@pytest.mark.parametrize("driver", DRIVEN)
def test_fixed_packages_train_on_all_backends_as_under_keras_2(
    driver: str, fetch: Fetch, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for requirement in DRIVEN[driver]:
        folder = FOLDERS[requirement]
        source = next(path for path in fetch(requirement).rglob(folder) if path.is_dir())
        shutil.copytree(source, project / folder)
    shutil.copy(DRIVERS / driver, project)
    outputs = fix_project(scan_project(project), Safety.REVIEW).outputs
    assert driver not in outputs
    callbacks = Silent()
    plan = RunPlan(entry=f"{driver}::build", device="cpu", steps=STEPS)
    result = run_suite(project, outputs, plan, BACKENDS, True, callbacks)
    for run in result.runs:
        checks = {check.name: check.status for check in run.checks}
        told = f"{run.backend}: {run.checks} {run.error}\n" + "".join(callbacks.log[-40:])
        assert checks["imports"] is checks["builds"] is checks["trains"] is Status.PASSED, told
        assert run.parity is not None, told
        assert run.parity.forward_max_abs is not None, told
        assert run.parity.forward_max_abs <= FORWARD, told
