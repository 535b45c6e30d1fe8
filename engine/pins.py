"""Whether a pin shuts out the versions of a package that Keras 3 needs."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from kerashift.engine.dependencies import Style


def is_old(pin: str, style: Style, first: Version) -> bool:
    """Whether the pin shuts out every version from `first` on."""
    try:
        return any(
            _is_below(spec, first)
            for text in _specifiers(pin.strip("() "), style)
            for spec in SpecifierSet(text)
        )
    except (InvalidSpecifier, InvalidVersion):
        return False


def _is_below(spec: Specifier, first: Version) -> bool:
    version = Version(spec.version.removesuffix(".*"))
    if spec.operator == "<":
        return version <= first
    if spec.operator == "~=":
        return version < first and not spec.contains(first)
    return spec.operator in ("==", "===", "<=") and version < first


def _specifiers(pin: str, style: Style) -> list[str]:
    """The pin in the words of PEP 440; alternatives (`||`) shut nothing out for sure."""
    if "|" in pin:
        return []
    parts = [part.strip() for part in pin.split(",") if part.strip()]
    if style is Style.POETRY:
        return [_poetry(part) for part in parts]
    if style is Style.CONDA:
        return [_conda(part) for part in parts]
    return parts


def _poetry(part: str) -> str:
    match = re.fullmatch(r"([~^]?)[ \t]*(\d+(?:\.\d+)*)(\.\*)?", part)
    if match is None:
        return "" if part == "*" else part
    mark, version, star = match.groups()
    numbers = [int(number) for number in version.split(".")]
    if mark == "^":
        kept = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
        return _below(numbers[: kept + 1])
    if mark == "~":
        return _below(numbers[:2])
    return f"=={version}{star or ''}"


def _below(numbers: list[int]) -> str:
    return "<" + ".".join(map(str, [*numbers[:-1], numbers[-1] + 1]))


def _conda(part: str) -> str:
    """`=2.10` means `2.10.*`; a build may follow after a second sign."""
    match = re.fullmatch(r"=(?!=)[ \t]*([\d.]+)(\.\*|\*)?(?:=.*)?", part)
    if match is not None:
        return f"=={match.group(1).rstrip('.')}.*"
    return re.sub(r"^(==[\d.]+)=.*$", r"\1", part)
