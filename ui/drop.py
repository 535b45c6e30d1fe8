"""What may be dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData

FILES = (".py", ".ipynb")


def dropped_path(mime: QMimeData) -> Path | None:
    """The folder, Python file or notebook that is dropped, or nothing if it is something else."""
    for url in mime.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else None
        if path is not None and (path.is_dir() or (path.is_file() and path.suffix in FILES)):
            return path
    return None
