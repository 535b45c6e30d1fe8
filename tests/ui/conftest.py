"""A window on a small Keras 2 project, as a person would have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kerashift.app.settings import open_preferences
from kerashift.engine.scan import scan_project
from kerashift.engine.session import Session
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.main_window import MainWindow
from kerashift.ui.theme import Scheme, Theme

LAYERS = '''"""Layers of the model. 🧪"""
import tensorflow as tf
from tensorflow.keras.layers import Layer


class Scale(Layer):
    def call(self, inputs):
        mark = "𝒳"; return tf.reduce_mean(inputs, axis=-1)
'''
TRAIN = """import tensorflow as tf
from tensorflow import keras

from layers import Scale

model = keras.Sequential([keras.layers.Dense(4), Scale()])
model.compile("sgd", "mse")
print(tf.keras.backend.floatx())
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform remarks on every window with a least size: that is not ours."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two files, each with things that Keras 3 breaks."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "layers.py").write_text(LAYERS, encoding="utf-8")
    (root / "train.py").write_text(TRAIN, encoding="utf-8")
    return root


@pytest.fixture
def session(project: Path) -> Session:
    return Session(scan_project(project))


@pytest.fixture(scope="session")
def shared_theme(qapp: QApplication) -> Theme:
    return Theme(qapp, Scheme.LIGHT)


@pytest.fixture
def theme(shared_theme: Theme) -> Iterator[Theme]:
    yield shared_theme
    shared_theme.use(Scheme.LIGHT)


@pytest.fixture
def bridge(qapp: QApplication, session: Session) -> SessionBridge:
    bridge = SessionBridge()
    bridge.set_session(session)
    return bridge


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[MainWindow]:
    """The main window on screen, with no project."""
    window = MainWindow(open_preferences(), theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, project: Path) -> MainWindow:
    """The main window with the project open and its first issue on screen."""
    with qtbot.waitSignal(window.diff.shown, timeout=20_000):
        window.open_path(project)
    return window


@pytest.fixture
def preview_after(qtbot: QtBot, opened: MainWindow) -> Callable[[Callable[[], object]], None]:
    """Do something and wait until the diff shows what came of it."""

    def act(action: Callable[[], object]) -> None:
        with qtbot.waitSignal(opened.diff.shown, timeout=20_000):
            action()

    return act
