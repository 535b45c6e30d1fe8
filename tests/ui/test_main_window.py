"""What a person does with the window: drop, look, accept, undo, apply, close."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from kerashift.app.settings import open_preferences
from kerashift.engine.model import Decision
from kerashift.ui.apply_flow import ApplyFlow
from kerashift.ui.main_window import MainWindow
from kerashift.ui.theme import DARK, LIGHT, Theme
from kerashift.ui.views.diff.goal import Goal
from kerashift.ui.views.diff.gutter import Button

Act = Callable[[Callable[[], object]], None]


def drop(window: MainWindow, path: Path) -> bool:
    """Drag a path onto the window and let go; says whether the window would have it."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    rest = (mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPointF(200, 200).toPoint(), Qt.DropAction.CopyAction, *rest)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, *rest, QEvent.Type.Drop)
        QApplication.sendEvent(window, event)
    return enter.isAccepted()


def test_a_dropped_folder_is_opened(qtbot: QtBot, window: MainWindow, project: Path) -> None:
    assert window.pages.currentWidget() is window.drop_page
    with qtbot.waitSignal(window.diff.shown, timeout=20_000):
        assert drop(window, project)
    assert window.pages.currentWidget() is window.diff
    assert window.issues.model.rowCount() == 2
    assert window.diff.path == "layers.py"
    assert open_preferences().recent() == [project]


def test_a_dropped_picture_is_refused(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"")
    assert not drop(window, tmp_path / "cat.png")
    assert window.bridge.session is None


def test_a_folder_that_is_gone_is_said_on_the_drop_page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.opener.failed, timeout=20_000):
        window.open_path(tmp_path / "gone")
    assert "nothing at" in window.status.message.full_text()
    assert window.pages.currentWidget() is window.drop_page


def test_keys_accept_and_skip_the_current_block(
    qtbot: QtBot, opened: MainWindow, preview_after: Act
) -> None:
    opened.diff.pair.right.setFocus()
    block = opened.diff.current_block
    assert block is not None
    preview_after(lambda: qtbot.keyClick(opened.diff.pair.right, Qt.Key.Key_S))
    session = opened.bridge.session
    assert session is not None
    assert session.decision(block.issues[0]) is Decision.SKIPPED
    preview_after(lambda: qtbot.keyClick(opened.diff.pair.right, Qt.Key.Key_A))
    assert session.decision(block.issues[0]) is Decision.ACCEPTED
    now = opened.diff.current_block
    assert now is not None
    assert now.issues == block.issues


def test_the_mouse_takes_an_accepted_block_back_and_accepts_it_again(
    qtbot: QtBot, opened: MainWindow, preview_after: Act
) -> None:
    preview_after(lambda: opened.diff.show_file("train.py", Goal(last=True)))
    session, block = opened.bridge.session, opened.diff.current_block
    assert session is not None
    assert block is not None
    for wanted in (Decision.OPEN, Decision.ACCEPTED):
        preview_after(lambda: click_accept(qtbot, opened))
        assert session.decision(block.issues[0]) is wanted


def click_accept(qtbot: QtBot, window: MainWindow) -> None:
    """Click the accept button of the current block, where it stands now."""
    alignment, block = window.diff.alignment, window.diff.current_block
    assert alignment is not None
    assert block is not None
    gutter = window.diff.pair.gutter
    area = gutter.button_area(alignment.preview.blocks.index(block), Button.ACCEPT)
    assert area is not None
    qtbot.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=area.center())


def test_f7_goes_through_all_blocks_of_all_files_and_back(qtbot: QtBot, opened: MainWindow) -> None:
    diff = opened.diff
    while diff.path == "layers.py":
        press_f7(qtbot, opened)
    while diff.current_block is not None and not diff.current_block.issues:
        press_f7(qtbot, opened)
    chosen = opened.issues.current_issue()
    assert chosen is not None
    assert chosen.path == "train.py"
    back = (Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    while diff.path == "train.py":
        qtbot.keyClick(opened, *back)
    qtbot.waitUntil(lambda: not diff.is_loading, timeout=20_000)
    assert diff.alignment is not None
    assert diff.current_block is diff.alignment.preview.blocks[-1]


def press_f7(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: not window.diff.is_loading, timeout=20_000)


def test_undo_and_redo_follow_the_session(
    qtbot: QtBot, opened: MainWindow, preview_after: Act
) -> None:
    undo, redo = opened.actions_["undo"], opened.actions_["redo"]
    assert not undo.isEnabled()
    preview_after(opened.diff.skip_block)
    assert undo.isEnabled()
    session = opened.bridge.session
    assert session is not None
    preview_after(undo.trigger)
    assert session.counts().skipped == 0
    preview_after(redo.trigger)
    assert session.counts().skipped == 1


def test_apply_lists_the_files_writes_them_and_can_be_taken_back(
    qtbot: QtBot, opened: MainWindow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in project.glob("*.py")}
    press_when_asked(qtbot, opened, "confirmApply")
    with qtbot.waitSignal(opened.opener.opened, timeout=20_000):
        opened.actions_["apply"].trigger()
    assert b"from keras" in (project / "layers.py").read_bytes()
    assert opened.actions_["revert"].isEnabled()
    yes = QMessageBox.StandardButton.Yes
    monkeypatch.setattr(QMessageBox, "question", lambda *_: yes)
    with qtbot.waitSignal(opened.opener.opened, timeout=20_000):
        opened.actions_["revert"].trigger()
    assert {path.name: path.read_bytes() for path in project.glob("*.py")} == before


def test_the_apply_of_one_project_is_not_taken_back_in_another(
    qtbot: QtBot, opened: MainWindow, project: Path, tmp_path: Path
) -> None:
    press_when_asked(qtbot, opened, "confirmApply")
    with qtbot.waitSignal(opened.opener.opened, timeout=20_000):
        opened.actions_["apply"].trigger()
    other = tmp_path / "other"
    other.mkdir()
    (other / "net.py").write_text("import keras\n", encoding="utf-8")
    for path, offered in ((other, False), (project, True)):
        with qtbot.waitSignal(opened.opener.opened, timeout=20_000):
            opened.open_path(path)
        assert opened.actions_["revert"].isEnabled() is offered


def press_when_asked(qtbot: QtBot, parent: MainWindow, name: str) -> QTimer:
    """Press the button of that name as soon as a dialog with it is there."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        button = dialog.findChild(QPushButton, name) if dialog else None
        if button is not None:
            timer.stop()
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    timer = QTimer(parent, interval=20)
    timer.timeout.connect(look)
    timer.start()
    return timer


def test_the_menu_changes_the_theme_and_it_is_remembered(opened: MainWindow, theme: Theme) -> None:
    assert theme.colors is LIGHT
    opened.findChild(type(opened.actions_["open"]), "theme-dark").trigger()
    assert theme.colors is DARK
    assert opened.palette().base().color().name() == DARK.base
    assert open_preferences().scheme.value == "dark"


def test_a_file_changed_since_the_scan_is_not_overwritten(
    qtbot: QtBot, opened: MainWindow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "layers.py").write_text("x = 1\n", encoding="utf-8")
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: said.append(args[2]))
    session = opened.bridge.session
    assert session is not None
    flow: ApplyFlow = opened.apply_flow
    flow.apply(session)
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert "Nothing was written" in said[0]
    assert (project / "layers.py").read_text(encoding="utf-8") == "x = 1\n"


def test_closing_during_a_scan_leaves_no_thread(
    qtbot: QtBot, window: MainWindow, project: Path
) -> None:
    window.open_path(project)
    window.close()
    assert not window.isVisible()
    assert window.bridge.session is None


def test_every_acting_widget_has_a_name_for_tests_and_for_screen_readers(
    opened: MainWindow,
) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit

    kinds = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit)
    ours = [w for kind in kinds for w in opened.findChildren(kind) if _is_ours(w)]
    unnamed = [w for w in ours if not w.objectName()]
    speechless = [w for w in ours if not (w.accessibleName() or getattr(w, "text", str)())]
    assert unnamed == []
    assert speechless == []


def _is_ours(widget: object) -> bool:
    """Qt gives its own parts names that start with `qt_`, and tool bars make their buttons."""
    name, kind = widget.objectName(), widget.metaObject().className()  # type: ignore[attr-defined]
    inner = ("QDockWidgetTitleButton", "QComboBoxPrivateContainer", "QComboBoxListView")
    parent = widget.parent()  # type: ignore[attr-defined]
    in_bar = parent is not None and parent.metaObject().className() in ("QToolBar", "QTabBar")
    in_combo = parent is not None and "Combo" in parent.metaObject().className()
    return not (name.startswith("qt_") or kind in inner or in_bar or in_combo
                or kind in ("QHeaderView", "QTableCornerButton", "QLineEditIconButton")
                or parent.metaObject().className() in ("QSpinBox",))  # fmt: skip
