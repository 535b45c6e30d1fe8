"""What a run says becomes what its card, log, curve and table show."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from kerashift.ui.theme import Theme
from kerashift.ui.views.run.card import BackendCard
from kerashift.ui.views.run.checks import ChecksTable
from kerashift.ui.views.run.curve import LossCurve
from kerashift.ui.views.run.log import MAX_LINES, LogView
from kerashift.ui.views.run.state import BackendState, Status

PASSED = {
    "backend": "jax",
    "device": "cpu",
    "versions": {"keras": "3.15.1"},
    "data": "synthetic",
    "verdict": "passed",
    "checks": [{"name": "imports", "status": "passed", "detail": ""}],
    "seconds_per_step": 0.0123,
}
FAILED = {
    "backend": "torch",
    "verdict": "failed",
    "checks": [{"name": "builds", "status": "failed", "detail": "no such layer"}],
    "error": {"type": "ValueError", "message": "bad", "path": "a.py", "line": 3, "code": "KS201"},
}


def test_events_and_the_result_are_folded_into_a_state() -> None:
    state = BackendState("jax")
    state.take({"event": "loss", "step": 1, "value": 0.5})
    assert state.status is Status.RUNNING
    state.take({"event": "loss", "step": 2, "value": "not a number"})
    assert state.losses == [(1.0, 0.5)]
    state.finish(PASSED)
    assert state.status is Status.PASSED
    assert state.speed() == "cpu · 12 ms/step"


def test_a_run_that_proves_nothing_is_not_shown_as_passed(qtbot: QtBot, theme: Theme) -> None:
    card = BackendCard("jax", theme)
    qtbot.addWidget(card)
    state = BackendState("jax")
    checks = [{"name": "baseline", "status": "skipped", "detail": "no Keras 2"}]
    state.finish({**PASSED, "verdict": "unproven", "checks": checks})
    card.show_state(state)
    assert (state.status, state.error) == (Status.UNPROVEN, None)
    assert card.property("state") == "unproven"
    assert card.accessibleName().endswith("unproven. not proven against Keras 2: no Keras 2")


def test_a_run_that_has_ended_shows_it_while_others_go_on_and_one_that_begins_anew_is_blank() -> (
    None
):
    state = BackendState("torch")
    state.take({"event": "stage", "name": "builds"})
    state.take({"event": "waits", "backend": "jax"})
    assert state.summary() == "waits for JAX"
    state.take({"event": "check", "name": "builds", "status": "passed", "detail": "three layers"})
    state.take({"event": "loss", "value": 0.5})
    state.take({"event": "again", "reason": "memory ran short"})
    assert (state.status, state.checks, state.losses) == (Status.WAITING, {}, [])
    assert state.summary() == "memory ran short"
    state.take({"event": "started"})
    state.take({"event": "ended", "verdict": "passed"})
    assert state.status is Status.PASSED


def test_a_failed_card_links_to_the_place_and_to_the_rule(qtbot: QtBot, theme: Theme) -> None:
    card = BackendCard("torch", theme)
    qtbot.addWidget(card)
    state = BackendState("torch")
    state.finish(FAILED)
    card.show_state(state)
    assert "failed" in card.accessibleName()
    with qtbot.waitSignal(card.place_wanted) as place:
        card.error_link.linkActivated.emit("place")
    assert place.args == ["a.py", 3]
    with qtbot.waitSignal(card.rule_wanted) as rule:
        card.error_link.linkActivated.emit("rule")
    assert rule.args == ["KS201"]


def test_what_a_project_says_is_shown_as_text_not_as_markup(qtbot: QtBot, theme: Theme) -> None:
    card = BackendCard("torch", theme)
    qtbot.addWidget(card)
    state = BackendState("torch")
    state.finish({**FAILED, "error": {"type": "E", "message": "m", "path": "<b>.py", "line": 1}})
    card.show_state(state)
    assert "&lt;b&gt;.py:1" in card.error_link.text()


def test_the_log_joins_pieces_keeps_the_last_of_a_progress_bar_and_is_bounded(
    qtbot: QtBot, theme: Theme
) -> None:
    log = LogView(theme)
    qtbot.addWidget(log)
    log.add("jax", "hel")
    log.add("torch", "1/9\r2/9\r9/9\r\n")
    log.add("jax", "lo\n\x1bbye")
    log.finish()
    lines = [line.partition("│ ")[2] for line in log.toPlainText().splitlines()]
    assert lines == ["9/9", "hello", "�bye"]
    log.add("jax", "x\n" * (MAX_LINES + 100))
    assert log.document().blockCount() <= MAX_LINES


def test_the_curve_has_a_line_for_each_backend(qtbot: QtBot, theme: Theme) -> None:
    curve = LossCurve(theme)
    qtbot.addWidget(curve)
    for name in ("tensorflow", "jax"):
        state = BackendState(name)
        for value in (3.0, 2.0, float("nan")):
            state.take({"event": "loss", "value": value})
        curve.show_state(state)
    assert curve.points("tensorflow") == 3
    assert curve.points("torch") == 0
    curve.start()
    assert curve.points("tensorflow") == 0


def test_the_table_has_a_cell_for_each_check_and_backend(qtbot: QtBot, theme: Theme) -> None:
    table = ChecksTable(("jax", "torch"), theme)
    qtbot.addWidget(table)
    states = {name: BackendState(name) for name in ("jax", "torch")}
    states["jax"].finish(PASSED)
    states["torch"].finish(FAILED)
    table.show_states(states)
    assert table.item(0, 0).text().startswith("✓")
    assert table.item(1, 1).text() == "✗ no such layer"
    with qtbot.waitSignal(table.place_wanted) as place:
        table.cellActivated.emit(1, 1)
    assert place.args == ["a.py", 3]
