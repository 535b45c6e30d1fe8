"""The scaffold of a new rule."""
from __future__ import annotations

import re
import string
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent / "rule-template.txt"


class RuleRefused(Exception):
    """The code or the name cannot be used; the text says why."""


def write_rule(root: Path, code: str, name: str) -> Path:
    """Write engine/rules/ks…_….py and return its path. Raises `RuleRefused`."""
    if not re.fullmatch(r"KS\d{3}", code):
        raise RuleRefused(f"A code is KS and three digits, not {code}.")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise RuleRefused(f"A name is words in lower case with hyphens, not {name}.")
    rules = root / "engine" / "rules"
    taken = sorted(rules.glob(f"{code.lower()}_*.py"))
    if taken:
        raise RuleRefused(f"{code} is taken by {taken[0].name}.")
    words = name.split("-")
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    class_name = "".join(word.capitalize() for word in words)
    text = template.substitute(code=code, name=name, class_name=class_name)
    path = rules / f"{code.lower()}_{'_'.join(words)}.py"
    path.write_text(text, encoding="utf-8")
    return path
