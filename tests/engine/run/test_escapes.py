"""Whatever a child does, it is ended with all that came from it, and the outcome says it."""
from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from kerashift.engine.run import processes
from kerashift.engine.run.jobs import KILL_ON_CLOSE, MEMORY_OF_JOB, Job, Limits
from kerashift.engine.run.plan import Status, Verdict
from kerashift.engine.run.suite import run_suite
from tests.engine.run.children import Heard, quick_plan, run_code, write_project
from tests.engine.run.test_processes import stop_after, wait_until_dead

posix = pytest.mark.skipif(os.name == "nt", reason="signals and process groups of POSIX")
pytestmark = posix
ESCAPE = """
import os, pathlib, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    pathlib.Path("pid").write_text(str(os.getpid()))
    time.sleep({patience})
    os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {{}})
os.wait()
while not pathlib.Path("pid").exists():
    time.sleep(0.01)
"""
"""A daemon as the textbook makes it, which has wiped the environment that it was given."""


def run_script(tmp_path: Path, text: str, **options: Any) -> tuple[Any, Heard]:
    root = write_project(tmp_path / "project", {"train.py": text})
    heard = Heard()
    plan = quick_plan(tmp_path, "train.py", **options)
    (run,) = run_suite(root, {}, plan, ["tensorflow"], False, heard).runs
    return run, heard


def test_a_daemon_that_was_seen_once_is_found_again_without_any_mark(tmp_path: Path) -> None:
    # Here nobody adopts it: when the child ends it belongs to the system.
    code = ESCAPE.format(patience=1.0).replace("os.wait()", "time.sleep(2)")
    code = code.replace("os._exit(0)", "time.sleep(0.7); os._exit(0)")
    outcome, _ = run_code(code, tmp_path)
    assert outcome.code == 0
    wait_until_dead(int((tmp_path / "pid").read_text()))


def test_a_daemon_that_left_at_once_is_adopted_by_the_run_and_ended_with_it(
    tmp_path: Path,
) -> None:
    mark = f"kerashift-test-{os.getpid()}-{tmp_path.name}"
    text = ESCAPE.format(patience=0).replace("import time;", f"import time; '{mark}';")
    run_script(tmp_path, text)
    everybody = psutil.process_iter(["cmdline"])
    left = [process for process in everybody if mark in str(process.info["cmdline"])]
    assert left == []


def test_children_that_go_on_spawning_are_all_ended(tmp_path: Path) -> None:
    code = """
    import os, sys, time
    for _ in range(5):
        if os.fork() == 0:
            for _ in range(3):
                if os.fork() == 0:
                    os.setsid()
                    open("pids", "a").write(f"{os.getpid()}\\n")
                    while True:
                        time.sleep(600)
            while True:
                time.sleep(600)
    time.sleep(600)
    """.replace("\\\\", "\\")
    outcome, _ = run_code(code, tmp_path, on_start=stop_after(1.0))
    assert outcome.stopped
    pids = [int(line) for line in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 15
    for pid in pids:
        wait_until_dead(pid)


def test_a_daemon_that_holds_the_pipes_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    code = ESCAPE.format(patience=600) + "time.sleep(600)\n"
    stopped: list[float] = []

    def stop(run: Any) -> None:
        threading.Timer(1.0, lambda: (stopped.append(time.monotonic()), run.stop())).start()

    outcome, _ = run_code(code, tmp_path, on_start=stop)
    assert outcome.stopped
    assert time.monotonic() - stopped[0] < 3


def test_a_child_that_eats_memory_is_ended_before_the_machine_suffers(tmp_path: Path) -> None:
    code = """
    import time
    hoard = []
    while True:
        hoard.append(bytearray(b"x" * 20_000_000))
        time.sleep(0.01)
    """
    outcome, _ = run_code(code, tmp_path, memory_bytes=300 * 1024 * 1024)
    assert not outcome.ended_by_itself
    assert outcome.words() == "was ended: it held more than 300 MiB of memory"


def test_memory_that_children_share_counts_once(tmp_path: Path) -> None:
    code = """
    import os, time
    shared = bytearray(b"x" * 120_000_000)
    for _ in range(6):
        if os.fork() == 0:
            time.sleep(600)
    time.sleep(1.5)
    """
    outcome, _ = run_code(code, tmp_path, memory_bytes=400 * 1024 * 1024)
    assert outcome.code == 0


def test_a_run_that_was_ended_for_its_memory_says_so(tmp_path: Path) -> None:
    run, _ = run_script(tmp_path, "x = bytearray(b'x' * 900_000_000)\nimport time\ntime.sleep(60)",
                        memory_mib=500)
    assert run.verdict is Verdict.FAILED
    assert run.error.type == "OutOfMemory"
    assert "more than 500 MiB" in run.error.message
    assert run.checks[0].status is Status.FAILED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import os\nos._exit(0)", "ended with status 0 before its checks were done"),
        ("import os\nos._exit(7)", "ended with status 7"),
        ("import ctypes\nctypes.string_at(0)", "crashed with SIGSEGV"),
    ],
)
def test_a_run_that_ends_without_a_word_says_how(tmp_path: Path, text: str, message: str) -> None:
    run, _ = run_script(tmp_path, text)
    assert run.verdict is Verdict.FAILED
    assert message in run.error.message


def test_threads_that_never_end_do_not_hold_the_run_up(tmp_path: Path) -> None:
    text = """
    import atexit, threading, time
    threading.Thread(target=time.sleep, args=(600,)).start()
    atexit.register(time.sleep, 600)
    """
    started = time.monotonic()
    run, _ = run_script(tmp_path, text)
    assert time.monotonic() - started < 30
    assert run.verdict is Verdict.FAILED
    assert run.checks[1].detail == "the program has built no Keras model"


def test_noise_on_the_pipe_for_events_is_log(tmp_path: Path) -> None:
    forged = [{"event": "check"}, {"event": "loss"}, {"event": "check", "name": [], "status": "x"},
              {"event": "result"}, {"event": "finished"}]
    text = f"""
    import os
    noise = {json.dumps(forged)!r}
    for number in range(3, 50):
        for line in [bytes(range(256)), *map(str.encode, noise[1:-1].split(", {{"))]:
            try:
                os.write(number, b"\\n" + line + b"\\n")
            except OSError:
                pass
    raise ValueError("the end")
    """
    run, heard = run_script(tmp_path, text)
    assert run.error.message == "the end", heard.log
    assert run.verdict is Verdict.FAILED


# Windows, by what is asked of it


class Kernel32:
    """Takes down what it is asked."""

    def __init__(self, refuses: bool = False) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._refuses = refuses

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> int:
            self.calls.append((name, arguments))
            if name == "SetInformationJobObject":
                self.limits = ctypes.cast(arguments[2], ctypes.POINTER(Limits)).contents
                self.flags = int(self.limits.Basic.LimitFlags)
                self.memory = int(self.limits.JobMemoryLimit)
            return 0 if self._refuses and name == "AssignProcessToJobObject" else 7

        return call


def test_a_job_of_windows_ends_with_the_app_and_has_a_limit() -> None:
    kernel = Kernel32()
    job = Job(42, 1000, kernel)
    job.terminate()
    job.close()
    job.close()
    assert [name for name, _ in kernel.calls] == [
        *("CreateJobObjectW", "SetInformationJobObject", "AssignProcessToJobObject"),
        *("TerminateJobObject", "CloseHandle"),
    ]
    assert kernel.calls[2][1] == (7, 42)
    assert kernel.flags == KILL_ON_CLOSE | MEMORY_OF_JOB
    assert kernel.memory == 1000
    if ctypes.sizeof(ctypes.c_void_p) == 8:
        assert ctypes.sizeof(Limits) == 144


def test_a_job_that_is_refused_is_an_error_and_leaves_no_handle() -> None:
    kernel = Kernel32(refuses=True)
    with pytest.raises(OSError, match="refuses"):
        Job(42, None, kernel)
    assert kernel.calls[-1][0] == "CloseHandle"


def test_without_a_job_windows_is_asked_to_end_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: Any) -> None:
        asked.append(command)

    monkeypatch.setattr(processes.subprocess, "run", run)
    processes.kill_tree(42)
    assert asked == [["taskkill", "/PID", "42", "/T", "/F"]]


def test_on_windows_a_stop_is_a_break_and_then_the_end_of_the_job(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernel = Kernel32()
    monkeypatch.setattr(processes, "IS_WINDOWS", True)
    monkeypatch.setattr(processes, "_job_of", lambda process, memory: Job(1, memory, kernel))
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    group = processes.Group(command, tmp_path, {}, "mark")
    sent: list[int] = []
    try:
        with monkeypatch.context() as patch:
            patch.setattr(group.process, "send_signal", sent.append)
            group.stop()
        assert len(sent) == 1
        group.kill()
        assert group.process.returncode is not None
        assert [name for name, _ in kernel.calls][-2:] == ["TerminateJobObject", "CloseHandle"]
    finally:
        for pipe in (group.process.stdin, group.process.stdout, group.process.stderr):
            assert pipe is not None
            pipe.close()
