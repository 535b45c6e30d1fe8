"""Notebooks as units: the code cells in order are one module, and changes go back to their cells.

Each cell follows a marker line, `# %% [cell 3]`. Only the source of changed cells is written; all
else in the file, outputs and layout included, stays byte for byte.
"""

from __future__ import annotations

import re

from kerashift.engine.magics import mask_magics
from kerashift.engine.notebook_json import Cell, NotebookText, read_notebook, replace_sources
from kerashift.engine.source import SourceError
from kerashift.engine.unit import Unit

MAX_BYTES = 50_000_000
"""Notebooks carry their outputs: larger ones than this are reported, not analysed."""
_BOM = b"\xef\xbb\xbf"


def notebook_unit(path: str, data: bytes) -> Unit:
    """The unit of a notebook; raises `SourceError` where it is none, or not one of Python."""
    if len(data) > MAX_BYTES:
        raise SourceError(f"{len(data):,} bytes: larger than {MAX_BYTES:,}, not analysed")
    notebook = _read(data)
    _check_format(notebook)
    _check_language(notebook)
    cells = notebook.cells
    if any("\r" in cell.source.replace("\r\n", "") for cell in cells):
        raise SourceError("lines end in a lone carriage return: not analysed")
    module = _Module.of(cells)
    code = module.join([mask_magics(cell.source) for cell in cells])

    def write(text: str) -> bytes:
        changed = {
            cell.number: source
            for cell, source in zip(cells, module.split(text), strict=True)
            if source != cell.source
        }
        body = replace_sources(notebook, changed).encode()
        return _BOM + body if data.startswith(_BOM) else body

    text = module.join([cell.source for cell in cells])
    return Unit(path, data, text, code, module.newline, write, module.starts(text))


def _read(data: bytes) -> NotebookText:
    try:
        return read_notebook(data.removeprefix(_BOM).decode())
    except UnicodeDecodeError as error:
        raise SourceError(f"not valid utf-8: byte {error.start}") from error
    except RecursionError as error:
        raise SourceError("not a notebook: its JSON is nested too deeply") from error
    except ValueError as error:
        raise SourceError(f"not a notebook: {error}") from error


def _check_format(notebook: NotebookText) -> None:
    version = notebook.values.get("nbformat")
    if version == 4:
        return
    if isinstance(version, int):
        advice = "save it with a current Jupyter first" if version < 4 else "not known yet"
        raise SourceError(f"notebook format {version}: {advice}")
    raise SourceError("not a notebook: it does not name its format (nbformat)")


def _check_language(notebook: NotebookText) -> None:
    metadata = notebook.values.get("metadata")
    if not isinstance(metadata, dict):
        return
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        values = metadata.get(section)
        language = values.get(key) if isinstance(values, dict) else None
        if isinstance(language, str) and not language.lower().startswith(("python", "ipython")):
            raise SourceError(f"a notebook in {language}, not in Python")


class _Module:
    """The text that the cells make together, and the way back."""

    def __init__(self, numbers: tuple[int, ...], marker: str, newline: str) -> None:
        self.numbers = numbers
        self.newline = newline
        self._marker = marker
        self._line = re.compile(rf"^{re.escape(marker)} \[cell (\d+)\][ \t]*(?:\r?\n|\Z)", re.M)

    @classmethod
    def of(cls, cells: tuple[Cell, ...]) -> _Module:
        """A module whose marker occurs in no cell."""
        sources = "\n".join(cell.source for cell in cells)
        marker = "# %%"
        while re.search(rf"^{marker} \[cell \d+\]", sources, re.M):
            marker += "%"
        newline = "\r\n" if re.search(r"^[^\n]*\r\n", sources) else "\n"
        return cls(tuple(cell.number for cell in cells), marker, newline)

    def join(self, sources: list[str]) -> str:
        cells = zip(self.numbers, sources, strict=True)
        return "".join(
            f"{self._marker} [cell {number}]{self.newline}{source}{self.newline}"
            for number, source in cells
        )

    def split(self, text: str) -> list[str]:
        """The sources of the cells; raises `SourceError` where the marker lines were changed."""
        markers = list(self._line.finditer(text))
        if tuple(int(m.group(1)) for m in markers) != self.numbers:
            raise SourceError("the lines that mark the cells were changed: keep them as they are")
        if markers and markers[0].start() > 0:
            raise SourceError("there is text before the first cell")
        ends = [*(marker.start() for marker in markers[1:]), len(text)]
        return [
            _without_line_end(text[marker.end() : end])
            for marker, end in zip(markers, ends, strict=False)
        ]

    def starts(self, text: str) -> tuple[tuple[int, int], ...]:
        markers = self._line.finditer(text)
        return tuple((marker.end(), int(marker.group(1))) for marker in markers)


def _without_line_end(text: str) -> str:
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")
