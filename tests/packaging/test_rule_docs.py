"""The documentation of the rules is what packaging/generate_rule_docs.py writes now."""
from __future__ import annotations

from pathlib import Path

import pytest

AGAIN = "run: .venv/bin/python packaging/generate_rule_docs.py"


def test_the_pages_of_the_documentation_are_current(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    import generate_rule_docs as generator

    folder = repository / "resources" / "docs" / "rules"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    wanted = generator.pages()
    assert written.keys() == wanted.keys(), AGAIN
    stale = [name for name, text in wanted.items() if text != written[name]]
    assert stale == [], AGAIN
