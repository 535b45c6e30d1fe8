"""The scaffold of a new rule."""
from __future__ import annotations

import re
import string
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent


class RuleRefused(Exception):
    """The code or the name cannot be used; the text says why."""


def write_rule(root: Path, code: str, name: str) -> tuple[Path, Path]:
    """Write a rule, engine/rules/ks…_….py, and its page, pages/en/KS….md beside it; both paths.

    Raises `RuleRefused`.
    """
    if not re.fullmatch(r"KS\d{3}", code):
        raise RuleRefused(f"A code is KS and three digits, not {code}.")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise RuleRefused(f"A name is words in lower case with hyphens, not {name}.")
    rules = root / "engine" / "rules"
    taken = sorted(rules.glob(f"{code.lower()}_*.py"))
    if taken:
        raise RuleRefused(f"{code} is taken by {taken[0].name}.")
    words = name.split("-")
    class_name = "".join(word.capitalize() for word in words)
    rule = rules / f"{code.lower()}_{'_'.join(words)}.py"
    page = rules / "pages" / "en" / f"{code}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    for path, source in ((rule, "rule-template.txt"), (page, "rule-page-template.txt")):
        template = string.Template((TEMPLATES / source).read_text(encoding="utf-8"))
        text = template.substitute(code=code, name=name, class_name=class_name)
        path.write_text(text, encoding="utf-8")
    return rule, page
