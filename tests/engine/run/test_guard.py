"""The person's own files stay as they are, byte for byte, whatever a run does to its copy."""
from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kerashift.engine.run import shadow
from kerashift.engine.run.cloning import can_guard
from kerashift.engine.run.suite import run_suite
from tests.engine.run.children import Heard, quick_plan, write_project

CONTENT = bytes(range(256)) * 40
WRITERS = {
    "append": "open(name, 'ab').write(b'more')",
    "truncate": "open(name, 'wb').write(b'less')",
    "overwrite": "f = open(name, 'r+b'); f.seek(5); f.write(b'spoilt'); f.close()",
    "descriptor": "os.write(os.open(name, os.O_WRONLY | os.O_APPEND), b'x')",
    "shorten": "os.truncate(name, 3)",
    "mode": "os.chmod(name, 0o600)",
    "time": "os.utime(name, (1, 1))",
    "memory": "numpy.memmap(name, mode='r+')[:9] = 7",
    "h5": "h5py.File(name, 'w').create_dataset('x', data=[1])",
    "delete": "os.remove(name)",
    "rename": "os.rename(name, name + '.old')",
    "replace": "open('other', 'w').write('x'); os.replace('other', name)",
}
"""Each is tried on a file of its own name."""
SCRIPT = """
import os, subprocess
import h5py, numpy

for name, code in {writers!r}.items():
    exec(code)
read = open("read", "rb").read()
shell = subprocess.run("echo more >> shell", shell=True).returncode
try:
    open({root!r} + "/read", "a")
    own = "open"
except OSError:
    own = "closed"
raise ValueError(repr((len(read), shell != 0, own, os.path.getsize("append"),
                       os.path.getsize("truncate"), numpy.fromfile("memory", "u1")[:2].tolist())))
"""


def state(root: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        path.name: (path.read_bytes(), stat.S_IMODE(path.stat().st_mode), path.stat().st_mtime_ns)
        for path in root.iterdir()
    }


@pytest.mark.parametrize("linked", [True, False])
def test_no_way_of_writing_to_a_data_file_reaches_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    if linked and not can_guard():
        pytest.skip("nothing is linked where the kernel keeps nothing from writing")
    if linked:
        monkeypatch.setattr(shadow, "COPY_BYTES", 10)
        monkeypatch.setattr(shadow, "clone_file", lambda source, target: False)
    root = tmp_path / "project"
    script = SCRIPT.format(writers=WRITERS, root=str(root))
    write_project(root, {"train.py": script})
    for name in (*WRITERS, "read", "shell"):
        (root / name).write_bytes(CONTENT)
    before = state(root)
    plan = quick_plan(tmp_path, "train.py")
    heard = Heard()
    (run,) = run_suite(root, {}, plan, ["tensorflow"], False, heard).runs
    assert run.error is not None
    own = "closed" if can_guard() else "open"
    # Python and h5py write to copies of their own; to a shell a linked file is closed.
    expected = (len(CONTENT), linked, own, len(CONTENT) + 4, 4, [7, 7])
    assert run.error.message == repr(expected), heard.log
    assert state(root) == before
