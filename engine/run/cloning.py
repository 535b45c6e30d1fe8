"""Copy a file in no time where the file system can share its blocks until one side is written."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

FICLONE = 0x40049409
"""The request of Linux (btrfs, XFS, bcachefs, ZFS) to share all blocks of a file."""
_LANDLOCK_CREATE = 444
_LANDLOCK_VERSION = 1


def clone_file(source: Path, target: Path) -> bool:
    """Make `target`, which must not exist, a copy-on-write clone; false where that cannot be.

    The two are independent files afterwards. Raises `PermissionError` for a source that may not
    be read.
    """
    if sys.platform == "darwin":
        return _clone_on_apfs(source, target)
    if sys.platform == "linux":
        return _clone_on_linux(source, target)
    # The copy of Windows itself clones blocks on ReFS.
    return False


def _clone_on_linux(source: Path, target: Path) -> bool:
    import fcntl

    with source.open("rb") as reader, target.open("xb") as writer:
        try:
            fcntl.ioctl(writer.fileno(), FICLONE, reader.fileno())
        except OSError:
            cloned = False
        else:
            return True
    target.unlink()
    return cloned


def _clone_on_apfs(source: Path, target: Path) -> bool:
    clonefile = ctypes.CDLL(None, use_errno=True).clonefile
    if clonefile(os.fsencode(source), os.fsencode(target), 0) == 0:
        return True
    if ctypes.get_errno() in (errno.EACCES, errno.EPERM):
        raise PermissionError(ctypes.get_errno(), "cannot be read", str(source))
    return False


def can_guard() -> bool:
    """Whether a run can be kept from writing to linked files: Linux with Landlock (5.13 on).

    The harness sets that up for itself, see `kerashift_guard`.
    """
    if sys.platform != "linux":
        return False
    call = ctypes.CDLL(None, use_errno=True).syscall
    return int(call(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)) >= 1
