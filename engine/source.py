"""Python files between bytes and text: encoding, byte order mark and line ends are kept.

`decode` gives the text with the line ends as they are; `SourceFile.encode` gives back the same
bytes for the same text. Encodings are found as the interpreter finds them (PEP 263).
"""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass

MAX_BYTES = 5_000_000
"""Larger files are reported, not analysed: they are data, not code."""


class SourceError(Exception):
    """The file cannot be read as Python source; the message is for a person."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file: its bytes, its text, and how to go back."""

    path: str
    data: bytes
    text: str
    encoding: str
    bom: bool

    @property
    def newline(self) -> str:
        """The line end that inserted lines use: the file's first one."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def encode(self, text: str) -> bytes:
        """Bytes of `text` in the file's encoding; raises `SourceError` if it cannot hold it."""
        try:
            body = text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise SourceError(f"the text does not fit the encoding {self.encoding}") from error
        return b"\xef\xbb\xbf" + body if self.bom else body


def decode(path: str, data: bytes) -> SourceFile:
    """Read a file's bytes; raises `SourceError` where the interpreter could not read it either."""
    if len(data) > MAX_BYTES:
        raise SourceError(f"{len(data):,} bytes: larger than {MAX_BYTES:,}, not analysed")
    if b"\x00" in data:
        raise SourceError("contains null bytes: not Python source")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        if str(error.msg).startswith("invalid or missing"):
            raise SourceError("not valid utf-8, and no other encoding is declared") from error
        raise SourceError(f"unknown encoding: {error.msg}") from error
    bom = data.startswith(b"\xef\xbb\xbf")
    encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    body = data[3 if bom else 0 :]
    try:
        text = body.decode(encoding)
        same = encoding == "utf-8" or text.encode(encoding) == body
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        raise SourceError(f"not valid {encoding}: byte {start}") from error
    except LookupError as error:  # codecs that are no text encodings, such as rot13
        raise SourceError(f"unknown encoding: {encoding}") from error
    if not same:
        raise SourceError(f"{encoding} does not give the same bytes back: not analysed")
    return SourceFile(path, data, text, encoding, bom)
