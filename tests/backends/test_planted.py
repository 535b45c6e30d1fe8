"""Wrong migrations in otherwise working code: the baseline check catches each and names the place.

The right migrations of the same projects pass: the check raises no false alarm.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kerashift.engine.run.runner import HARNESS
from tests.backends.conftest import Sides, once
from tests.backends.sides import BACKENDS, PATIENCE

pytestmark = pytest.mark.backends

PROJECTS = tomllib.loads(Path(__file__).with_name("planted.toml").read_text(encoding="utf-8"))
SHAPES = {"subclassed": [5, 8]}
PLANTS = [(name, plant) for name, project in PROJECTS.items() for plant in project["plants"]]
THOROUGH = "torch"
"""Where everything is planted; the others compile each step and get every sixth, in turn."""


def planted_on(backend: str) -> list[tuple[str, Any]]:
    if backend == THOROUGH:
        return PLANTS
    return PLANTS[BACKENDS.index(backend) :: 6]


def cases(backend: str) -> list[dict[str, Any]]:
    found = [
        {"id": name, "project": name, "source": project["new"]}
        for name, project in PROJECTS.items()
    ]
    for name, plant in planted_on(backend):
        right = PROJECTS[name]["new"]
        assert right.count(plant["from"]) == 1, plant
        source = right.replace(plant["from"], plant["to"])
        found.append({"id": f"{name}: {plant['name']}", "project": name, "source": source})
    return found


def run_worker(side: str, given: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    path = folder / f"{side}.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    worker = Path(__file__).with_name("planted_worker.py")
    done = subprocess.run(
        [sys.executable, str(worker), side, str(HARNESS), str(path), str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith('["'))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    folder = tmp_path_factory.mktemp("planted")
    originals = [
        {"id": name, "project": name, "source": p["old"], "shape": SHAPES.get(name)}
        for name, p in PROJECTS.items()
    ]
    found = run_worker("tf_keras", originals, folder)
    assert not [said for said in found.values() if "crash" in said or "notes" in said], found
    return once(lambda backend: run_worker(backend, cases(backend), folder))  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("backend", BACKENDS)
def test_right_migrations_pass(answers: Any, backend: str) -> None:
    found = answers(backend)
    wrong = {
        name: found[name] for name in PROJECTS
        if found[name].get("check", {}).get("status") != "passed" or "notes" in found[name]
    }
    assert wrong == {}


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_planted_mistake_is_caught_and_its_place_named(answers: Any, backend: str) -> None:
    found = answers(backend)
    missed = {}
    for name, plant in planted_on(backend):
        said = found[f"{name}: {plant['name']}"]
        check = said.get("check", {"status": "", "detail": ""})
        place = str(said.get("parity", {}).get("first_divergent_layer"))
        named = plant.get("names", "") in place and plant.get("detail", "") in check["detail"]
        if check["status"] != "failed" or not named:
            missed[f"{name}: {plant['name']}"] = (place, said)
    assert missed == {}, "\n".join(f"{name}: {what}" for name, what in missed.items())
