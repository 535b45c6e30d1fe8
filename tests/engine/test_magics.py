"""IPython in cells is masked so that the rest parses, every character at its place."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerashift.engine.magics import mask_magics

MASKED = {
    "line magic": ("%matplotlib inline\nx", "#matplotlib inline\nx"),
    "shell": ("!pip install keras\nx", "#pip install keras\nx"),
    "help": ("?print\nprint??\nx", "#print\n#rint??\nx"),
    "only statement of a block": ("if x:\n    !ls\ny", "if x:\n    0  \ny"),
    "tabs": ("if x:\n\t%cd ..", "if x:\n\t0     "),
    "assigned shell": ("files = !ls", "files = 0  "),
    "assigned magic": ("x = %time f(1)\nx", "x = 0         \nx"),
    "continued shell": ("!pip install \\\n  keras\nx", "#pip install \\\n       \nx"),
    "cell magic of another language": ("%%bash\nls | wc\n\nrm x", "#%bash\n#s | wc\n\n#m x"),
    "cell magic around Python": ("%%time\nx = 1", "#%time\nx = 1"),
    "two cell magics": ("%%capture\n%%time\nx = 1", "#%capture\n#%time\nx = 1"),
    "blank lines before a cell magic": ("\n\n%%html\n<b>", "\n\n#%html\n#b>"),
    "line ends of Windows": ("%cd x\r\n!ls\r\nx", "#cd x\r\n#ls\r\nx"),
    "help after a string": ('f("#")?', '#("#")?'),
    "help behind a call over two lines": ("f(1,\n  2)\nx?", "f(1,\n  2)\n#?"),
}
UNTOUCHED = {
    "remainder over lines": "x = (a\n% b)",
    "remainder after a backslash": "x = a \\\n% b",
    "string with magics": '"""\n%time\n!ls\nwhat?\n"""',
    "string in single quotes over lines": "x = 'a\\\n!ls'",
    "escaped quotes": "x = 'it\\'s'\ny = \"a?\"",
    "comment with a question": "x = 1  # really?",
    "formatting": "print('%d' % 3)",
    "inequality": "x != y",
    "default of a keyword": "f(a=1) % 2",
    "bracket in a comment": "x = 1  # (\ny = 2  # ?",
}


@pytest.mark.parametrize(("source", "expected"), MASKED.values(), ids=MASKED)
def test_what_is_not_python_is_masked(source: str, expected: str) -> None:
    assert mask_magics(source) == expected
    ast.parse(mask_magics(source))


@pytest.mark.parametrize("source", UNTOUCHED.values(), ids=UNTOUCHED)
def test_python_is_left_alone(source: str) -> None:
    assert mask_magics(source) == source


@given(st.text(alphabet="ab%!?=\\\"'()#\n\r\t ", max_size=40))
def test_lines_keep_their_lengths_whatever_the_cell_holds(source: str) -> None:
    masked = mask_magics(source)
    assert [len(line) for line in masked.split("\n")] == [len(s) for s in source.split("\n")]
