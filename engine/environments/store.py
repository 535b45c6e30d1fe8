"""What is remembered of environments: interpreters that the person added, managed environments,
and which interpreter was chosen for which backend of a project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from kerashift.engine.state import data_folder, state_folder

_FILE = "environments.json"


def managed_folder() -> Path:
    """Where managed environments live, one folder a backend."""
    return data_folder() / "environments"


def added_interpreters() -> tuple[Path, ...]:
    """Interpreters that the person added, in their order."""
    return tuple(Path(str(item)) for item in _strings(_read().get("added")))


def add_interpreter(python: Path) -> None:
    """Remember an interpreter; the last added comes first. Raises `OSError`."""
    kept = [str(path) for path in added_interpreters() if path != python]
    _write({**_read(), "added": [str(python), *kept]})


def forget_interpreter(python: Path) -> None:
    """Take an interpreter out of the added ones. Raises `OSError`."""
    kept = [str(path) for path in added_interpreters() if path != python]
    _write({**_read(), "added": kept})


def chosen_interpreters(root: Path) -> Mapping[str, str]:
    """The interpreter that was chosen for each backend of a project, by backend."""
    chosen = _read().get("chosen")
    mine = chosen.get(str(root.resolve())) if isinstance(chosen, dict) else None
    return {str(k): str(v) for k, v in mine.items()} if isinstance(mine, dict) else {}


def choose_interpreter(root: Path, backend: str, python: str) -> None:
    """Remember a choice; an empty `python` leaves it to Kerashift again. Raises `OSError`."""
    values = _read()
    chosen = values.get("chosen")
    chosen = dict(chosen) if isinstance(chosen, dict) else {}
    mine = {**chosen_interpreters(root), backend: python}
    chosen[str(root.resolve())] = {name: path for name, path in mine.items() if path}
    _write({**values, "chosen": chosen})


def _read() -> dict[str, object]:
    try:
        values = json.loads((state_folder() / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _write(values: Mapping[str, object]) -> None:
    file = state_folder() / _FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
    temporary.replace(file)


def _strings(value: object) -> list[object]:
    return value if isinstance(value, list) else []
