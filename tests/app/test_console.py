"""What a person sees of runs that go on side by side."""

from __future__ import annotations

import pytest

from kerashift.app.cli.console import MAX_LINE, Console

Captured = pytest.CaptureFixture[str]


def test_each_line_says_whose_it_is_and_is_whole_although_it_came_in_parts(
    capsys: Captured,
) -> None:
    console = Console(live=True, names=("jax", "torch"))
    console.on_log("jax", "one ")
    console.on_log("torch", "1/2\r2/2\nlast")
    console.on_log("jax", "line\n\n")
    console.end_lines()
    lines = ["torch | 2/2", "jax   | one line", "jax   | ", "torch | last", ""]
    assert capsys.readouterr().err == "\n".join(lines)


def test_one_run_alone_is_shown_as_it_comes(capsys: Captured) -> None:
    console = Console(live=True, names=("jax",))
    console.on_log("jax", "1/2\r")
    assert capsys.readouterr().err == "1/2\r"
    console.on_log("jax", "2/2")
    console.on_event("jax", {"event": "check", "name": "builds", "status": "passed"})
    console.on_log("jax", "more")
    console.end_lines()
    assert capsys.readouterr().err == "2/2\n== jax: builds passed\nmore\n"


def test_a_check_comes_after_what_its_own_run_had_begun_to_say(capsys: Captured) -> None:
    console = Console(live=True, names=("jax", "torch"))
    console.on_log("jax", "half")
    console.on_log("torch", "other")
    event = {"event": "check", "name": "trains", "status": "failed", "detail": "no luck"}
    console.on_event("jax", event)
    console.on_event("torch", {"event": "again", "reason": "memory ran short"})
    assert capsys.readouterr().err == (
        "jax   | half\n== jax: trains failed no luck\ntorch | other\n== torch: memory ran short\n"
    )


def test_a_line_without_an_end_is_shown_when_it_grows_too_long(capsys: Captured) -> None:
    console = Console(live=True, names=("jax", "torch"))
    console.on_log("jax", "x" * (MAX_LINE + 1))
    assert capsys.readouterr().err == f"jax   | {'x' * (MAX_LINE + 1)}\n"


def test_for_machines_nothing_is_shown(capsys: Captured) -> None:
    console = Console(live=False, names=("jax", "torch"))
    console.on_log("jax", "x\n")
    console.on_event("jax", {"event": "check", "name": "builds", "status": "passed"})
    console.end_lines()
    assert capsys.readouterr().err == ""
