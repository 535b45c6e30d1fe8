"""What each action of the window does, and when it can."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from kerashift.engine.model import Safety
from kerashift.engine.run.plan import BACKENDS
from kerashift.engine.session import Session
from kerashift.engine.tables.versions import KerasVersion
from kerashift.ui.theme import Scheme
from kerashift.ui.views.rule_browser import RuleBrowser

if TYPE_CHECKING:
    from kerashift.ui.main_window import MainWindow

NEED_PROJECT = (
    "rescan", "apply", "accept_safe", "accept_review", "accept", "skip", "reopen", "find",
    "filter", "go_to_line", "next", "previous", "environments", "convert_models",
)  # fmt: skip


def connect_commands(window: MainWindow) -> None:
    """Give every action of the window its command."""
    actions, diff = window.actions_, window.diff
    commands: dict[str, Callable[[], object]] = {
        "open": lambda: _open_folder(window),
        "open_file": lambda: _open_file(window),
        "open_sample": lambda: _open_sample(window),
        "rescan": window.opener.rescan,
        "apply": window.apply_flow.ask,
        "revert": window.apply_flow.ask_revert,
        "quit": window.close,
        "undo": lambda: _with_session(window, Session.undo),
        "redo": lambda: _with_session(window, Session.redo),
        "accept_safe": lambda: _with_session(window, lambda s: s.accept_all(Safety.SAFE)),
        "accept_review": lambda: _with_session(window, lambda s: s.accept_all(Safety.REVIEW)),
        "accept": diff.accept_block,
        "skip": diff.skip_block,
        "reopen": diff.reopen_block,
        "find": diff.open_find,
        "filter": lambda: window.issues.search.setFocus(Qt.FocusReason.ShortcutFocusReason),
        "go_to_line": lambda: _go_to_line(window),
        "next": diff.next_block,
        "previous": diff.previous_block,
        "zoom_in": lambda: diff.pair.zoom(1),
        "zoom_out": lambda: diff.pair.zoom(-1),
        "zoom_reset": lambda: diff.pair.zoom(0),
        "run_all": lambda: _run(window, BACKENDS),
        **{f"run_{name}": partial(_run, window, (name,)) for name in BACKENDS},
        "convert_models": window.convert_flow.ask,
        "stop": window.run_panel.stop,
        "environments": window.run_panel.open_environments,
        "rules": lambda: RuleBrowser(window.theme, window).show(),
        "shortcuts": lambda: _show_keys(window),
        "about": lambda: QMessageBox.about(window, "Kerashift", ABOUT),
    }
    for name, command in commands.items():
        actions[name].triggered.connect(lambda _=False, c=command: c())
    for scheme, action in actions.schemes.items():
        action.setChecked(scheme is window.theme.scheme)
        action.triggered.connect(lambda _=False, s=scheme: _use_scheme(window, s))
    for version, action in actions.keras_versions.items():
        action.triggered.connect(lambda _=False, v=version: _use_keras(window, v))
    window.drop_page.open_wanted.connect(actions["open"].trigger)
    window.drop_page.sample_wanted.connect(actions["open_sample"].trigger)
    actions["open_sample"].setEnabled(window.sample is not None)
    _follow_state(window)


def _follow_state(window: MainWindow) -> None:
    actions = window.actions_

    def update() -> None:
        session = window.bridge.session
        for name in NEED_PROJECT:
            actions[name].setEnabled(session is not None)
        for version, action in actions.keras_versions.items():
            action.setEnabled(session is not None)
            action.setChecked(session is not None and session.scan.keras == version)
        actions["undo"].setEnabled(session is not None and session.can_undo)
        actions["redo"].setEnabled(session is not None and session.can_redo)
        running = window.run_panel.is_running
        actions["stop"].setEnabled(running)
        for name in ("run_all", *(f"run_{backend}" for backend in BACKENDS)):
            actions[name].setEnabled(session is not None and not running)

    window.bridge.changed.connect(update)
    window.bridge.session_changed.connect(update)
    window.run_panel.running_changed.connect(update)
    window.apply_flow.revertible_changed.connect(actions["revert"].setEnabled)
    actions["revert"].setEnabled(False)
    update()


def _with_session(window: MainWindow, command: Callable[[Session], None]) -> None:
    if window.bridge.session is not None:
        command(window.bridge.session)


def _use_scheme(window: MainWindow, scheme: Scheme) -> None:
    window.preferences.scheme = scheme
    window.theme.use(scheme)


def _use_keras(window: MainWindow, version: KerasVersion) -> None:
    """Choose the Keras 3 that the project moves to, and look at it anew."""
    session = window.bridge.session
    if session is not None:
        window.preferences.set_keras(session.root, version)
        window.opener.rescan()


def _open_folder(window: MainWindow) -> None:
    folder = QFileDialog.getExistingDirectory(window, "Open a Keras 2 project")
    if folder:
        window.open_path(Path(folder))


def _open_file(window: MainWindow) -> None:
    file, _ = QFileDialog.getOpenFileName(
        window, "Open a Python file or a notebook", "", "Python (*.py *.ipynb)"
    )
    if file:
        window.open_path(Path(file))


def _open_sample(window: MainWindow) -> None:
    if window.sample is not None:
        window.open_path(window.sample())


def _go_to_line(window: MainWindow) -> None:
    line, ok = QInputDialog.getInt(window, "Go to line", "Line:", 1, 1)
    if ok:
        window.diff.go_to_line(line)


def _run(window: MainWindow, backends: tuple[str, ...]) -> None:
    window.docks["run"].show()
    window.docks["run"].raise_()
    window.run_panel.start(backends)


def _show_keys(window: MainWindow) -> None:
    rows = []
    for menu in window.actions_.menus.values():
        for action in menu.actions():
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            if keys:
                rows.append(
                    f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td>{_plain(action.text())}</td></tr>"
                )
    rows.append("<tr><td><b>Space</b></td><td>Tick the issue or group of the tree</td></tr>")
    QMessageBox.information(window, "Keyboard", f"<table>{''.join(rows)}</table>")


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("…")


ABOUT = (
    "<b>Kerashift</b><p>Takes a Keras 2 project to multi-backend Keras 3 (TensorFlow, JAX,"
    " PyTorch), and proves that it still works by running it.</p>"
)
