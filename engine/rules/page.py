"""The texts of rules, which stand apart from their code: `pages/LOCALE/CODE.md`.

The first line of a file is a heading with the summary, the rest is the page in Markdown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SOURCE_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Page:
    """What a rule says of itself."""

    summary: str
    """One line for lists: what it finds."""
    text: str
    """What it finds, why that breaks, what we do, and how safe it is, in Markdown."""


@cache
def page(code: str, locale: str = SOURCE_LOCALE) -> Page:
    """The page of a rule, in English where it is not translated.

    Raises `FileNotFoundError` for a rule without one.
    """
    folder = files(__package__).joinpath("pages")
    path = folder.joinpath(locale, f"{code}.md")
    if not path.is_file():
        path = folder.joinpath(SOURCE_LOCALE, f"{code}.md")
    head, _, text = path.read_text(encoding="utf-8").partition("\n")
    return Page(head.removeprefix("#").strip(), text.strip())
