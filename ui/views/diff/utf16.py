"""Character offsets between Python (code points) and Qt (UTF-16 units)."""

from __future__ import annotations


def to_units(text: str, offset: int) -> int:
    """The UTF-16 offset of a character offset."""
    if text.isascii():
        return offset
    return offset + sum(char > "\uffff" for char in text[:offset])


def to_characters(text: str, units: int) -> int:
    """The character offset of a UTF-16 offset; inside a pair counts as before it."""
    if text.isascii():
        return units
    at = 0
    for offset, char in enumerate(text):
        width = 2 if char > "\uffff" else 1
        if at + width > units:
            return offset
        at += width
    return len(text)
