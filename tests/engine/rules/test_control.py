"""Control flow on tensors in the forms that people write it: what parses, what stays, and why."""

from __future__ import annotations

import ast

import pytest

from tests.rewriting import Rewritten, rewritten

HEAD = (
    "import tensorflow as tf\nfrom tensorflow import keras\n\n\nclass L(keras.layers.Layer):\n"
    "    def call(self, x, training=None):\n        c = tf.reduce_sum(x) > 0\n"
)


def made(*lines: str, newline: str = "\n") -> Rewritten:
    body = "".join(f"        {line}\n" for line in lines)
    return rewritten((HEAD + body).replace("\n", newline))


REWRITTEN = {
    "in one line": ("if c: y = x", "else: y = 2 * x", "return y"),
    "several targets": (
        *("if c:", "    y = z = x", "else:", "    y, z = x, 2 * x", "return y + z"),
    ),
    "one in the other": (
        *("y = x", "if c:", "    if tf.reduce_max(x) > 1:", "        y = 2 * x", "    else:"),
        *("        y = 3 * x", "        y = y + 1", "return y"),
    ),
    "a return in a branch of a branch": (
        *("if c:", "    if tf.reduce_max(x) > 1:", "        return 2 * x", "    return x"),
        "return 3 * x",
    ),
    "questions of Python within": (
        *("y = x", "if c:", "    if training:", "        y = 2 * x", "    for k in range(3):"),
        *("        if k == 2:", "            break", "        y = y + k", "return y"),
    ),
    "in a loop of Python": (
        *("for k in range(3):", "    if tf.reduce_sum(x) > k:", "        x = x - 1", "return x"),
    ),
    "a long text in what follows": (
        *("if c:", "    return x", "s = '''a", "b'''", "y = x * len(s)", "return y"),
    ),
    "a condition over several lines": (
        *("if (tf.reduce_sum(x) > 0 and  # first", "        (tf.reduce_max(x) < 3)  # second"),
        *("        and not (tf.reduce_min(x) < 1)):", "    x = 2 * x", "return x"),
    ),
    "mixed operators": (
        *("if (c or (tf.reduce_max(x) > 1)) and (x[0, 0] > 0 or training):", "    x = 2 * x"),
        "return x",
    ),
    "a name that the condition sets": (
        *("if (s := tf.reduce_sum(x)) > 0:", "    y = s", "else:", "    y = -s", "return y * x"),
    ),
    "a loop whose condition it sets": (
        *("while c:", "    x = x - 1", "    c = tf.reduce_sum(x) > 0", "return x"),
    ),
}
REPORTED = {
    "`d['a']`": ("d = {}", "if c:", "    d['a'] = x", "return x"),
    "`out.append(x)`": ("out = []", "if c:", "    out.append(x)", "return x"),
    "`y` is not set in every branch": ("if c:", "    y = x", "return y"),
    "nothing that it sets is read": ("if c:", "    y = x", "return x"),
    "`break` or `continue`": (
        *("for k in range(3):", "    if c:", "        break", "    x = x + 1", "return x"),
    ),
    "returns in the middle of a block": (
        *("for k in range(3):", "    if c:", "        return x", "    x = x + 1", "return x"),
    ),
    "a branch returns nothing": ("if c:", "    return", "return x"),
    "an `elif` asks something of Python": (
        *("if c:", "    y = x", "elif training:", "    y = 2 * x", "else:", "    y = 3 * x"),
        "return y",
    ),
    "`super()`": ("if c:", "    x = super().call(x)", "return x"),
    "it has an `else`": ("while c:", "    x = -x", "else:", "    x = 2 * x", "return x"),
    "it has a step": (*("for i in tf.range(0, tf.shape(x)[0], 2):", "    x = x + 1", "return x"),),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("lines", REWRITTEN.values(), ids=REWRITTEN.keys())
def test_what_is_written_anew_parses_and_is_done(lines: tuple[str, ...], newline: str) -> None:
    result = made(*lines, newline=newline)
    ast.parse(result.text)
    assert result.is_stable
    assert rewritten(result.text).issues == ()
    assert result.text.count("\n") == result.text.count(newline)


@pytest.mark.parametrize(("words", "lines"), REPORTED.items(), ids=REPORTED.keys())
def test_what_stands_in_the_way_is_said(words: str, lines: tuple[str, ...]) -> None:
    messages = [issue.message for issue in made(*lines).issues if issue.code in ("KS318", "KS319")]
    assert any(words in message for message in messages), messages


def test_comments_stay_where_they_belong() -> None:
    text = made(
        *("# one", "if c:  # two", "    # three", "    y = x  # four", "    # five"),
        *("# six", "else:", "    # seven", "    y = 2 * x", "    # eight", "# nine", "return y"),
    ).text
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    places = [text.index(f"# {number}") for number in numbers]
    assert places == sorted(places)
    assert "            # five\n            return y\n" in text
    assert "            # eight\n            return y\n" in text


def test_what_tf_function_converts_needs_no_change_for_tensorflow() -> None:
    source = (HEAD + "        if c:\n            x = -x\n        return x\n").replace(
        "    def call", "    @tf.function\n    def call"
    )
    found = {issue.code: issue.target for issue in rewritten(source).issues[:5]}
    assert found["KS318"] == "multi-backend"
