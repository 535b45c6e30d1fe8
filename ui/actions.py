"""Every action of the menus and the tool bar: text, key, icon, in one table."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton

from kerashift.engine.tables import versions
from kerashift.engine.tables.versions import KerasVersion
from kerashift.ui import icons
from kerashift.ui.theme import Scheme, Theme

Key = QKeySequence.StandardKey


@dataclass(frozen=True)
class Spec:
    """An action's name, text, keys, icon, and what the tool tip adds."""

    name: str
    text: str
    keys: QKeySequence.StandardKey | tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""


SPECS: dict[str, tuple[Spec | None, ...]] = {
    "&File": (
        Spec("open", "&Open folder…", Key.Open, "open", "Open a project"),
        Spec("open_file", "Open &file…", ("Ctrl+Shift+O",), "file"),
        Spec("open_sample", "Open the &sample project"),
        Spec("rescan", "&Rescan", ("F5",), "rescan", "Read the project from disk again"),
        None,
        Spec("apply", "&Apply…", Key.Save, "apply", "Write the accepted fixes to the files"),
        None,
        Spec("quit", "&Quit", Key.Quit),
    ),
    "&Edit": (
        Spec("undo", "&Undo", Key.Undo, "undo"),
        Spec("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
        None,
        Spec("accept_safe", "Accept all &safe fixes", ("Ctrl+Shift+A",), "accept-safe"),
        Spec("accept_review", "Accept all fixes to re&view", ("Ctrl+Shift+R",), "review"),
        None,
        Spec("accept", "&Accept this change", ("A",), "accept"),
        Spec("skip", "S&kip this change", ("S",), "skip"),
        Spec("reopen", "Leave this change &undecided", ("O",)),
        None,
        Spec("find", "&Find…", Key.Find, "search"),
        Spec("filter", "Filter &issues", ("Ctrl+Shift+F",)),
        Spec("go_to_line", "&Go to line…", ("Ctrl+G",)),
        None,
        Spec("revert", "Take &back the last apply…"),
    ),
    "&View": (
        Spec("next", "&Next change", ("F7",), "next"),
        Spec("previous", "&Previous change", ("Shift+F7",), "previous"),
        None,
        Spec("zoom_in", "Zoom &in", ("Ctrl++", "Ctrl+=")),
        Spec("zoom_out", "Zoom &out", Key.ZoomOut),
        Spec("zoom_reset", "&Usual size", ("Ctrl+0",)),
        None,
    ),
    "&Run": (
        Spec("run_all", "Test on &all backends", ("Ctrl+R",), "run"),
        Spec("run_tensorflow", "Test on &TensorFlow"),
        Spec("run_jax", "Test on &JAX"),
        Spec("run_torch", "Test on &PyTorch"),
        None,
        Spec("convert_models", "Convert saved &models…"),
        None,
        Spec("stop", "&Stop", ("Ctrl+.",), "stop", "Stop the run"),
        None,
        Spec("environments", "&Environments…", ("Ctrl+E",), "", "Interpreters and devices"),
    ),
    "&Help": (
        Spec("rules", "&Rules…", ("Shift+F1",), "rule", "Look up rules, functions and arguments"),
        Spec("shortcuts", "&Keyboard…", ("F1",)),
        Spec("about", "&About Kerashift"),
    ),
}

TOOL_BAR = ("open", "rescan", "", "accept_safe", "undo", "redo", "apply", "", "run", "stop")
IN_DIFF = ("accept", "skip", "reopen")
"""Keys that are plain letters: they work only where the code has the focus."""
SHORT = {"open": "Open", "accept_safe": "Accept safe", "apply": "Apply…"}


class Actions(QObject):
    """The actions by name, as `actions["apply"]`, and the menus and tool bar made of them."""

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._theme = theme
        self._actions: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        self.menus: dict[str, QMenu] = {}
        for title, specs in SPECS.items():
            menu = window.menuBar().addMenu(title)
            self.menus[title.replace("&", "")] = menu
            for spec in specs:
                menu.addSeparator() if spec is None else menu.addAction(self._make(spec, window))
        self.schemes = self._theme_menu(window)
        self.keras_versions = self._keras_menu(window)
        theme.follow(self._on_theme_changed)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def _make(self, spec: Spec, window: QMainWindow) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(spec.name)
        action.setShortcuts(_sequences(spec))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = spec.tip or spec.text.replace("&", "").rstrip("…")
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        if spec.name in SHORT:
            action.setIconText(SHORT[spec.name])
        self._actions[spec.name] = action
        self._icons[spec.name] = spec.icon
        return action

    def _theme_menu(self, window: QMainWindow) -> dict[Scheme, QAction]:
        menu = self.menus["View"].addMenu("&Theme")
        group = QActionGroup(window)
        result = {}
        for scheme, text in (
            (Scheme.SYSTEM, "As the &system"),
            (Scheme.LIGHT, "&Light"),
            (Scheme.DARK, "&Dark"),
        ):
            action = group.addAction(QAction(text, window, checkable=True))
            action.setObjectName(f"theme-{scheme.value}")
            menu.addAction(action)
            result[scheme] = action
        return result

    def _keras_menu(self, window: QMainWindow) -> dict[KerasVersion, QAction]:
        menu = self.menus["Edit"].addMenu("&Keras version")
        menu.setToolTip("The version of Keras 3 that the project moves to")
        group = QActionGroup(window)
        result = {}
        for version in reversed(versions.known()):
            text = f"{version} (newest)" if version == versions.newest() else str(version)
            action = group.addAction(QAction(text, window, checkable=True))
            action.setObjectName(f"keras-{version}")
            menu.addAction(action)
            result[version] = action
        return result

    def tool_bar(self) -> QToolBar:
        """A new tool bar with the main actions."""
        bar = QToolBar("Tool bar")
        bar.setObjectName("toolBar")
        bar.setMovable(False)
        bar.setIconSize(QSize(18, 18))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in TOOL_BAR:
            if name == "run":
                bar.addWidget(self._run_button())
            elif name:
                bar.addAction(self._actions[name])
            else:
                bar.addSeparator()
        return bar

    def _run_button(self) -> QToolButton:
        """All backends at a click, one of them from its menu."""
        button = QToolButton()
        button.setObjectName("testOnBackend")
        button.setDefaultAction(self._actions["run_all"])
        button.setText("Test on backend")
        button.setAccessibleName("Test on backend")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(button)
        menu.addActions([self._actions[f"run_{name}"] for name in ("tensorflow", "jax", "torch")])
        button.setMenu(menu)
        return button

    def _on_theme_changed(self) -> None:
        for name, icon in self._icons.items():
            if icon:
                self._actions[name].setIcon(icons.icon(icon, self._theme.colors.text))


def _sequences(spec: Spec) -> list[QKeySequence]:
    if isinstance(spec.keys, tuple):
        return [QKeySequence(key) for key in spec.keys]
    return QKeySequence.keyBindings(spec.keys)
