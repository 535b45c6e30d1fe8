"""Write files so that a crash or a full disk leaves the old or the new one, never half of it."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

NEW_FILE_MODE = 0o644


def replace_file(path: Path, data: bytes) -> None:
    """Take the place of a file, with its mode and owner if it exists; raises `OSError`.

    `path` must not be a link: the link itself would be replaced.
    """
    status = path.stat() if path.exists() else None
    handle, name = tempfile.mkstemp(prefix=".kerashift-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if status is None:
            temporary.chmod(NEW_FILE_MODE)
        else:
            if hasattr(os, "chown"):
                with suppress(OSError):  # only root may give files away
                    os.chown(temporary, status.st_uid, status.st_gid)
            temporary.chmod(stat.S_IMODE(status.st_mode))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file through to the disk; raises `OSError`."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make new names in a folder last through a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_writable(path: Path) -> bool:
    """Whether its owner means the file to be written to; root could write to all of them."""
    mode = path.stat().st_mode
    return bool(mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)) and os.access(path, os.W_OK)


def reason(error: BaseException) -> str:
    """The words of an error without number and path."""
    words = getattr(error, "strerror", None)
    return words if isinstance(words, str) else str(error)
