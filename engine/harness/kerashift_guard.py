"""Keeps a run from writing to the person's own files, whichever way it comes to them.

Two layers. The kernel refuses to open a file of the guarded folders for writing, in this process
and in all that it starts (Landlock, Linux 5.13 on). Before that, a linked data file that Python or
h5py opens for writing becomes a copy of its own, so that the run goes on as it would in the
project. Elsewhere everything is copied beforehand and nothing is to be done here.
"""

# ruff: noqa: PTH100, PTH105, PTH112, PTH113, PTH114, PTH118, PTH120, PTH208
# What every opening of a file goes through works on plain strings.
from __future__ import annotations

import ctypes
import os
import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1
WRITE_FILE, REFER, TRUNCATE = 1 << 1, 1 << 13, 1 << 14
NO_NEW_PRIVILEGES = 38
MAX_ENTRIES = 5_000
"""A folder of more files than this is guarded whole when one of its files is."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_TRUNC | os.O_APPEND
CHANGES = ("os.truncate", "os.chmod", "os.chown", "os.utime", "os.setxattr", "os.removexattr")
"""Events of changes that follow a link; the path is their first argument."""


def guard(folders: list[str], root: str, has_links: bool) -> bool:
    """Refuse writes to `folders` from now on, for good; tells whether the kernel does so.

    `root` is the copy that the run works in: links in it become copies before they are written.
    Must be called before there are other threads, which the kernel would leave alone.
    """
    if has_links:
        sys.addaudithook(_copy_before_writing(os.path.realpath(root)))
    try:
        return _landlock([os.path.realpath(folder) for folder in folders])
    except OSError:
        return False


# Copies


def _copy_before_writing(root: str) -> Callable[[str, Any], None]:
    inside = root + os.sep

    def hook(event: str, arguments: Any) -> None:
        if event == "open":
            flags = arguments[2]
            if isinstance(flags, int) and flags & WRITING:
                own_copy(arguments[0], bool(flags & os.O_TRUNC))
        elif event in CHANGES or event == "sqlite3.connect":
            own_copy(arguments[0], False)

    def own_copy(path: Any, is_emptied: bool) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        name = os.path.abspath(os.fsdecode(path))
        if os.path.islink(name) and os.path.realpath(os.path.dirname(name)).startswith(root):
            source = os.path.realpath(name)
            if not source.startswith(inside) and os.path.isfile(source):
                _replace_link(name, source, is_emptied)

    hook.own_copy = own_copy  # type: ignore[attr-defined]
    _watch_h5py(own_copy)
    return hook


def _replace_link(name: str, source: str, is_emptied: bool) -> None:
    copy = f"{name}.kerashift-copy"
    if is_emptied:
        Path(copy).touch()
    else:
        shutil.copyfile(source, copy)
    os.replace(copy, name)


def _watch_h5py(own_copy: Callable[[Any, bool], None]) -> None:
    """h5py opens files in C, where no audit event tells of it."""

    class Finder:
        """Changes `h5py.h5f` when it has been imported."""

        def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
            if name == "h5py._hl.files":
                files = sys.modules.get("h5py.h5f")
                if files is not None:
                    _wrap_h5f(files, own_copy)
                sys.meta_path.remove(self)  # type: ignore[arg-type]
            return None

    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]


def _wrap_h5f(files: Any, own_copy: Callable[[Any, bool], None]) -> None:
    opened, created = files.open, files.create

    def open_file(name: Any, flags: Any = files.ACC_RDWR, *args: Any, **kwargs: Any) -> Any:
        if flags != files.ACC_RDONLY:
            own_copy(name, False)
        return opened(name, flags, *args, **kwargs)

    def create_file(name: Any, flags: Any = files.ACC_TRUNC, *args: Any, **kwargs: Any) -> Any:
        if flags == files.ACC_TRUNC:
            own_copy(name, True)
        return created(name, flags, *args, **kwargs)

    files.open, files.create = open_file, create_file


# The kernel


def _landlock(guarded: list[str]) -> bool:
    """Landlock only allows: everything is allowed but the guarded and what leads to them."""
    if sys.platform != "linux" or not guarded:
        return False
    library = ctypes.CDLL(None, use_errno=True)
    version = library.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)
    if version < 1:
        return False
    on_file = WRITE_FILE | (TRUNCATE if version >= 3 else 0)
    on_folder = on_file | (REFER if version >= 2 else 0)
    handled = struct.pack("Q", on_folder)
    ruleset = library.syscall(CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if ruleset < 0:
        return False
    try:
        for path in _around(os.sep, guarded):
            _allow(library, ruleset, path, on_file, on_folder)
        if library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            return False
        return library.syscall(RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _around(folder: str, guarded: list[str]) -> Iterator[str]:
    """The largest folders, and files beside them, in which nothing is guarded."""
    start = folder.rstrip("/") + "/"
    below = [path for path in guarded if path == folder or path.startswith(start)]
    if not below:
        yield folder
        return
    if folder in below:
        return
    try:
        names = os.listdir(folder)
    except OSError:
        return
    if len(names) > MAX_ENTRIES:
        return
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            yield from _around(path, below)


def _allow(library: Any, ruleset: int, path: str, on_file: int, on_folder: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        access = on_folder if os.path.isdir(path) else on_file
        rule = struct.pack("=Qi", access, descriptor)
        library.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
