"""Which packages a project's files ask for, and where that stands, for every kind of file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kerashift.engine.model import Span
from kerashift.engine.requirements import Manifest, manifest_kind
from kerashift.engine.toml_strings import TomlString, toml_strings
from kerashift.engine.unit import Unit


class Style(StrEnum):
    """How versions are written."""

    PEP = "pep 508"
    POETRY = "poetry"
    CONDA = "conda"
    SHELL = "shell"
    """PEP 508 as a word of a command: quotes are needed around `>`."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A package and its versions. `name` is normalised (PEP 503)."""

    name: str
    pin: str
    style: Style
    name_span: Span
    pin_span: Span
    """Empty, behind the name and its extras, where no version is given."""
    quoted: bool = False

    @property
    def span(self) -> Span:
        return Span(self.name_span.start, max(self.name_span.end, self.pin_span.end))


_REQUIREMENT = (
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?:[ \t]*(?P<extras>\[[^\]]*\]))?[ \t]*"
    r"(?P<pin>[<>=!~(][^;#\n\r'\"]*?)?"
)
_LINE = re.compile(rf"^[ \t]*{_REQUIREMENT}[ \t]*(?=;|#|\r?$)", re.MULTILINE)
_ONE = re.compile(rf"[ \t]*{_REQUIREMENT}[ \t]*(?=;|$)")
_CONDA = re.compile(
    r"^(?P<indent>[ \t]*)-[ \t]*(?P<quote>['\"]?)(?:[\w.-]+::)?(?P<name>[A-Za-z0-9][\w.-]*)"
    r"(?P<extras>\[[^\]]*\])?(?P<pin>[ \t]*[<>=!~][^#\n\r'\"]*?)?(?P=quote)[ \t]*(?=#|\r?$)",
    re.MULTILINE,
)
_PIP_SECTION = re.compile(r"^(?P<indent>[ \t]*)-[ \t]*pip[ \t]*:[ \t]*\r?$", re.MULTILINE)
_INSTALL = re.compile(
    r"(?:pip3?(?:\.\d+)?|uv[ \t]+pip|conda|mamba)[ \t]+install\b"
    r"(?P<words>(?:[^\n\\;&|#]|\\\r?\n|\\.)*)"
)
_WORD = re.compile(
    r"(?<![\w\"'./:=-])(?P<quote>[\"']?)(?P<name>[A-Za-z][\w.-]*)(?P<extras>\[[^\]\s]*\])?"
    r"(?P<pin>(?:[<>=!~]=?=?[^\s\"',;]+(?:,(?=[<>=!~]))?)*)(?P=quote)(?=[\s\"'\\]|$)"
)
_OPTIONS_WITH_VALUE = re.compile(
    r"(?:^|\s)(?:-[rcieftdnp]|--(?:requirement|constraint|editable|index-url|extra-index-url"
    r"|find-links|target|platform|python-version|prefix|root|name|channel|trusted-host))[ \t=]+$"
)
_SECTION = re.compile(r"^\[(?P<name>[^\]\n]+)\][ \t]*\r?$", re.MULTILINE)
_SETUP_KEYS = frozenset({"install_requires", "setup_requires", "tests_require", "extras_require"})
_POETRY = re.compile(r"^tool\.poetry\.(?:dev-|group\.[^.]+\.)?dependencies\.([^.]+)(\.version)?$")
_PEP_TABLES = re.compile(
    r"^(?:project\.dependencies|project\.optional-dependencies\.[^.]+|dependency-groups\.[^.]+"
    r"|build-system\.requires|tool\.(?:uv|pdm|hatch|rye)\..*dependencies.*)$"
)
_PIPFILE = re.compile(r"^(?:dev-)?packages\.([^.]+)(\.version)?$")


def normalised(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def dependencies(unit: Unit) -> Iterator[Dependency]:
    """Every package that a file which is no code asks for; commands in notebooks too."""
    kind = manifest_kind(unit.path)
    if kind is Manifest.REQUIREMENTS:
        yield from (_made(m, Style.PEP) for m in _LINE.finditer(unit.text))
    elif kind is Manifest.TOML:
        yield from _in_toml(unit)
    elif kind is Manifest.SETUP_CFG:
        yield from _in_setup_cfg(unit.text)
    elif kind is Manifest.CONDA:
        yield from _in_conda(unit.text)
    elif kind is Manifest.SHELL:
        yield from _in_commands(unit.text)
    elif unit.path.endswith(".ipynb") and "install" in unit.text:
        yield from _in_magics(unit)


def in_literal(unit: Unit, inner: Span) -> Dependency | None:
    """A requirement that is a string of code, whose text stands at `inner`."""
    match = _ONE.match(unit.text[: inner.end], inner.start)
    return _made(match, Style.PEP) if match is not None else None


def _made(match: re.Match[str], style: Style, offset: int = 0, quoted: bool = False) -> Dependency:
    name_end = match.end("extras") if match["extras"] else match.end("name")
    pin = match["pin"] or ""
    pin_span = Span(match.start("pin"), match.end("pin")) if pin else Span(name_end, name_end)
    return Dependency(
        normalised(match["name"]),
        pin.strip(),
        style,
        Span(match.start("name") + offset, match.end("name") + offset),
        Span(pin_span.start + offset, pin_span.end + offset),
        quoted,
    )


def _in_toml(unit: Unit) -> Iterator[Dependency]:
    for string in toml_strings(unit.text):
        path = ".".join(string.path)
        named = _POETRY.match(path) or _PIPFILE.match(path)
        if named is not None:
            yield _by_key(named.group(1), string, bool(named.group(2)))
        elif _PEP_TABLES.match(path):
            match = _ONE.match(unit.text[: string.span.end], string.span.start)
            if match is not None:
                yield _made(match, Style.PEP)


def _by_key(name: str, string: TomlString, is_nested: bool) -> Dependency:
    """`tensorflow = "^2.10"`, or `{ version = "^2.10" }`, whose name is then not to be changed."""
    key = Span(string.span.start, string.span.start) if is_nested else string.key_span
    style = Style.POETRY
    return Dependency(normalised(name), string.text.strip(), style, key, string.span, quoted=True)


def _in_setup_cfg(text: str) -> Iterator[Dependency]:
    sections = list(_SECTION.finditer(text))
    for section, following in zip(sections, [*sections[1:], None], strict=True):
        name = section["name"].strip()
        end = following.start() if following is not None else len(text)
        if name == "options.extras_require":
            blocks = [Span(section.end(), end)]
        elif name == "options":
            blocks = list(_values(text, section.end(), end))
        else:
            continue
        for block in blocks:
            for match in _LINE.finditer(text, block.start, block.end):
                if match["pin"] is None or match["pin"].strip() != "=":
                    yield _made(match, Style.PEP)


def _values(text: str, start: int, end: int) -> Iterator[Span]:
    """The indented lines below `install_requires =` and the like."""
    for match in re.finditer(r"^(\w+)[ \t]*=[^\n]*\n((?:[ \t]+[^\n]*\n?)*)", text[:end], re.M):
        if match.start() >= start and match.group(1) in _SETUP_KEYS:
            yield Span(match.start(2), match.end(2))


def _in_conda(text: str) -> Iterator[Dependency]:
    pip: tuple[int, int] | None = None
    sections = [(m.end(), len(m["indent"])) for m in _PIP_SECTION.finditer(text)]
    for match in _CONDA.finditer(text):
        before = [s for s in sections if s[0] <= match.start()]
        pip = before[-1] if before else None
        inside = pip is not None and len(match["indent"]) > pip[1]
        if match["name"] == "pip":
            continue
        yield _made(match, Style.PEP if inside else Style.CONDA, quoted=bool(match["quote"]))


def _in_commands(text: str) -> Iterator[Dependency]:
    for command in _INSTALL.finditer(text):
        start = command.start("words")
        line = text.rfind("\n", 0, command.start()) + 1
        if text[line : command.start()].lstrip().startswith("#"):
            continue
        words = command["words"]
        for word in _WORD.finditer(words):
            if _OPTIONS_WITH_VALUE.search(words[: word.start()]):
                continue
            yield _made(word, Style.SHELL, start, bool(word["quote"]))


def _in_magics(unit: Unit) -> Iterator[Dependency]:
    """Commands in a notebook: what is masked in its code is no Python."""
    for found in _in_commands(unit.text):
        at = found.name_span.start
        line = unit.text.rfind("\n", 0, at) + 1
        if unit.text[at] != unit.code[at] or unit.text[line] != unit.code[line]:
            yield found
