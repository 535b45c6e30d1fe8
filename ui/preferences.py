"""What the window remembers between starts: recent projects, theme, trust, layout, run choices."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from kerashift.engine.tables import versions
from kerashift.engine.tables.versions import KerasVersion
from kerashift.ui.theme import Scheme

MAX_RECENT = 10


class Preferences:
    """Typed access to one settings file; nothing else of the window reads or writes it."""

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    # Projects

    def recent(self) -> list[Path]:
        """Projects opened lately that still exist, the latest first."""
        return [path for path in map(Path, self._strings("projects/recent")) if path.exists()]

    def add_recent(self, root: Path) -> None:
        paths = [str(root), *(str(p) for p in self.recent() if p != root)]
        self._settings.setValue("projects/recent", paths[:MAX_RECENT])

    def is_trusted(self, root: Path) -> bool:
        """Whether the person agreed that code of this project may run."""
        return str(root.resolve()) in self._strings("projects/trusted")

    def trust(self, root: Path) -> None:
        trusted = self._strings("projects/trusted")
        if str(root.resolve()) not in trusted:
            self._settings.setValue("projects/trusted", [*trusted, str(root.resolve())])

    def last_entry(self, root: Path) -> str:
        """The entry that was run last in this project, or nothing."""
        entries = dict(item.split("\t", 1) for item in self._strings("projects/entries"))
        return entries.get(str(root), "")

    def set_last_entry(self, root: Path, entry: str) -> None:
        kept = [e for e in self._strings("projects/entries") if not e.startswith(f"{root}\t")]
        self._settings.setValue("projects/entries", [f"{root}\t{entry}", *kept][:50])

    def keras(self, root: Path) -> KerasVersion:
        """The Keras 3 that a project moves to: the newest, or what was chosen for it."""
        chosen = dict(item.split("\t", 1) for item in self._strings("projects/keras"))
        try:
            return versions.parse(chosen[str(root)])
        except (KeyError, ValueError):
            return versions.newest()

    def set_keras(self, root: Path, version: KerasVersion) -> None:
        """Choose a version for a project; the newest is whichever that will be."""
        kept = [e for e in self._strings("projects/keras") if not e.startswith(f"{root}\t")]
        own = [] if version == versions.newest() else [f"{root}\t{version}"]
        self._settings.setValue("projects/keras", [*own, *kept][:50])

    # Window

    @property
    def scheme(self) -> Scheme:
        value = str(self._settings.value("window/theme", Scheme.SYSTEM.value))
        return Scheme(value) if value in set(Scheme) else Scheme.SYSTEM

    @scheme.setter
    def scheme(self, scheme: Scheme) -> None:
        self._settings.setValue("window/theme", scheme.value)

    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry and dock state of the last window, or nothing at the first start."""
        geometry = self._settings.value("window/geometry")
        state = self._settings.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    def set_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        self._settings.setValue("window/geometry", geometry)
        self._settings.setValue("window/state", state)

    def save(self) -> None:
        """Write the file now."""
        self._settings.sync()

    def _strings(self, key: str) -> list[str]:
        value = self._settings.value(key, [])
        if isinstance(value, str):  # a list of one comes back as a plain text
            return [value]
        return [str(item) for item in value] if isinstance(value, list) else []
