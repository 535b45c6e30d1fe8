"""Source files: text and bytes go back and forth without loss, and what cannot is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerashift.engine.source import MAX_BYTES, SourceError, decode

BOM = b"\xef\xbb\xbf"


@given(st.text(), st.booleans())
def test_any_utf8_text_gives_its_bytes_back(text: str, bom: bool) -> None:
    text = text.replace("\0", "").replace("coding", "")
    data = (BOM if bom else b"") + text.encode()
    if not bom and data.startswith(BOM):
        text = text[1:]
    file = decode("f.py", data)
    assert file.text == text
    assert file.encode(text) == data


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "euc_kr", "koi8-r"])
def test_the_declared_encoding_is_read_and_written(encoding: str) -> None:
    word = {"shift_jis": "日本", "euc_kr": "한글", "koi8-r": "мир"}.get(encoding, "Größe")
    data = f"# -*- coding: {encoding} -*-\nx = '{word}'\n".encode(encoding)
    file = decode("f.py", data)
    assert word in file.text
    assert file.encode(file.text.replace("x", "y")) == data.replace(b"x =", b"y =")


def test_a_text_that_the_encoding_cannot_hold_is_refused() -> None:
    file = decode("f.py", b"# coding: latin-1\nx = 1\n")
    with pytest.raises(SourceError, match="does not fit the encoding iso-8859-1"):
        file.encode("x = '☃'")


@pytest.mark.parametrize(
    ("data", "newline"),
    [(b"", "\n"), (b"a", "\n"), (b"a\nb\r\n", "\n"), (b"a\r\nb\n", "\r\n"), (b"\na\r\n", "\n")],
)
def test_new_lines_end_as_the_first_one_does(data: bytes, newline: str) -> None:
    assert decode("f.py", data).newline == newline


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\0", "null bytes"),
        (b"x = '\xe9'\n", "not valid utf-8"),
        (b"a\nb\nc = '\xe9'\n", "not valid utf-8: byte 9"),
        (b"# coding: no-such\n", "unknown encoding"),
        (b"# coding: rot13\nk = 1\n", "unknown encoding"),
        (BOM + b"# coding: latin-1\n", "unknown encoding"),
        (b"# coding: utf-7\nx = '+AOk-'\ny = '+AOkA6Q-+AOk-'\n", "same bytes back"),
        (b"#" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_what_the_interpreter_could_not_read_or_we_not_write_is_refused(
    data: bytes, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        decode("f.py", data)
