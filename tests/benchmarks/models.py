"""Take the model projects of `tests/models` from fix to proof, and write down how far they agree.

    python tests/benchmarks/models.py [-o TABLE.md] [--results FILE.json] [NAME …]

Each project is copied, fixed with all fixes and run on every backend against its original, as
`tests/backends/test_models.py` does it. Without names all run; results are kept in FILE, and those
that are there and passed are not run again.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.backends.modelprojects import MODELS, PROJECTS, Proof, prove

BACKENDS = ("tensorflow", "jax", "torch")
NUMBERS = ("forward_max_abs", "loss_abs", "gradient_max_abs", "step_max_abs")
HEAD = """# Model projects

Written by `python tests/benchmarks/models.py -o resources/docs/models.md`.

Small projects in the patterns that public Keras 2 code has, each with a `train.py`: copied, fixed
by `kerashift fix --safety review --write` without a hand, and run by `kerashift run --entry
train.py --backend all --baseline`. The four numbers of a backend are the largest absolute
differences to the original under Keras 2, from the same weights and batch, with chance taken out on
both sides: **outputs** of the model, or of its parts where it has no `call`; **losses** and
metrics, all that a step of the project's own logs; **gradients**; and **weights** after the last
step. A difference up to 1e-5 × max(1, size) is equal, up to 1e-3 × max(1, size) close; what is
farther apart fails.

| project | lines | changed | fixes | tensorflow | jax | torch |
|---|---|---|---|---|---|---|
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("-o", dest="table", type=Path)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    file = options.results
    found = json.loads(file.read_text(encoding="utf-8")) if file and file.exists() else {}
    for name in options.names or PROJECTS:
        if name not in found or not all(run["verdict"] == "passed" for run in found[name]["runs"]):
            found[name] = _measure(name)
            print(_row(name, found[name]), flush=True)
            if file:
                file.write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = table({name: found[name] for name in PROJECTS if name in found})
    if options.table:
        options.table.write_text(text, encoding="utf-8")
    else:
        print(text)


def table(found: dict[str, Any]) -> str:
    """The page: a row for each project, then what is said of those that do not pass."""
    reasons = [line for name, values in found.items() for line in _reasons(name, values)]
    said = ["", "What is said of the others:", "", *reasons] if reasons else []
    return HEAD + "\n".join([*(_row(*item) for item in found.items()), *said]) + "\n"


def _measure(name: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="kerashift-models-") as folder:
        proof: Proof = prove(name, Path(folder))
        lines, changed = _sizes(name, Path(folder) / name)
    fixes = re.search(r"(\d+) fixes", proof.fixed)
    return {
        "lines": lines,
        "changed": changed,
        "fixes": int(fixes.group(1)) if fixes else 0,
        "left": len(proof.left),
        "runs": proof.runs,
    }


def _sizes(name: str, fixed: Path) -> tuple[int, int]:
    """Lines of the project's Python, and how many of them the fixes have changed."""
    total = changed = 0
    for path in sorted((MODELS / name).glob("**/*.py")):
        old = path.read_text(encoding="utf-8").splitlines()
        new = set((fixed / path.relative_to(MODELS / name)).read_text("utf-8").splitlines())
        total += len(old)
        changed += sum(line not in new for line in old)
    return total, changed


def _row(name: str, values: dict[str, Any]) -> str:
    runs = {run["backend"]: run for run in values["runs"]}
    cells = [name, *(str(values[key]) for key in ("lines", "changed", "fixes"))]
    cells += [_cell(runs.get(backend)) for backend in BACKENDS]
    return f"| {' | '.join(cells)} |"


def _cell(run: dict[str, Any] | None) -> str:
    if run is None:
        return "did not run"
    parity = run.get("parity") or {}
    numbers = ", ".join(_number(parity.get(key)) for key in NUMBERS)
    return numbers if run["verdict"] == "passed" else f"**{run['verdict']}** {numbers}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}"


def _reasons(name: str, values: dict[str, Any]) -> list[str]:
    lines = []
    if values["left"]:
        lines.append(f"- {name}: {values['left']} places are left to be done by hand")
    for run in values["runs"]:
        if run["verdict"] == "passed":
            continue
        asked = [c for c in run["checks"] if c["status"] == "failed"]
        asked += [c for c in run["checks"] if c["name"] == "baseline" and c["status"] == "skipped"]
        said = f"{asked[0]['name']}: {asked[0]['detail']}" if asked else run["verdict"]
        lines.append(f"- {name} on {run['backend']}: {said}")
    return lines


if __name__ == "__main__":
    main()
