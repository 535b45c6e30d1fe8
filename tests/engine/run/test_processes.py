"""A run's child and all that it starts come to an end, however badly they behave."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kerashift.engine.run.runner import HARNESS, Run
from tests.engine.run.children import run_code

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and process groups of POSIX")


def stop_after(seconds: float) -> Callable[[Run], None]:
    return lambda run: threading.Timer(seconds, run.stop).start()


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_dead(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is still alive"
        time.sleep(0.05)


def test_events_come_as_values_and_all_else_as_log(tmp_path: Path) -> None:
    code = """
    import sys
    print('{"event": "stage", "name": "imports"}')
    print('{"no": "event"}')
    print("plain", flush=True)
    print("printed to standard error", file=sys.stderr)
    """
    outcome, heard = run_code(code, tmp_path)
    assert outcome.code == 0
    assert heard.named("stage") == [{"event": "stage", "name": "imports"}]
    assert '{"no": "event"}\nplain\n' in heard.log
    assert "printed to standard error" in heard.log


def test_any_bytes_may_be_printed(tmp_path: Path) -> None:
    code = """
    import os
    noise = bytes(range(256)) * 300
    os.write(1, noise)
    os.write(2, noise)
    os.write(1, b'\\n{"event": "stage", "name": "saves"}\\n')
    os.write(2, "caf\\u00e9".encode()[:4] + b"")
    os.write(2, "caf\\u00e9".encode()[4:] + b" end")
    """
    outcome, heard = run_code(code, tmp_path)
    assert outcome.code == 0
    assert [event["name"] for event in heard.named("stage")] == ["saves"]
    assert "café end" in heard.log
    assert "\0" not in heard.log


def test_endless_output_is_cut_and_does_not_hold_the_child_up(tmp_path: Path) -> None:
    code = """
    import os
    block = b"x" * 1_000_000
    for _ in range(300):
        os.write(2, block)
    """
    outcome, heard = run_code(code, tmp_path, timeout=60)
    assert outcome.code == 0
    assert len(heard.log) < 21_000_000
    assert heard.log.endswith("the rest is left out\n")


def test_a_child_that_ignores_every_polite_signal_is_stopped_within_three_seconds(
    tmp_path: Path,
) -> None:
    code = """
    import signal, time
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    print("ready", flush=True)
    time.sleep(600)
    """
    started = time.monotonic()
    outcome, _ = run_code(code, tmp_path, on_start=stop_after(1.0))
    assert outcome.stopped
    assert outcome.words() == "was stopped"
    assert time.monotonic() - started < 1 + 3 + 1


def test_a_child_may_clean_up_when_it_is_stopped(tmp_path: Path) -> None:
    code = """
    import pathlib, time
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        pathlib.Path("cleaned").touch()
    """
    outcome, _ = run_code(code, tmp_path, on_start=stop_after(1.0))
    assert outcome.stopped
    assert (tmp_path / "cleaned").exists()


@pytest.mark.parametrize("new_session", [False, True])
def test_what_a_child_leaves_running_ends_with_it(tmp_path: Path, new_session: bool) -> None:
    code = f"""
    import pathlib, subprocess, sys
    sleeper = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session={new_session}
    )
    pathlib.Path("pid").write_text(str(sleeper.pid))
    """
    started = time.monotonic()
    outcome, _ = run_code(code, tmp_path)
    assert outcome.code == 0
    assert time.monotonic() - started < 10
    wait_until_dead(int((tmp_path / "pid").read_text()))


def test_time_that_is_up_ends_the_child(tmp_path: Path) -> None:
    outcome, _ = run_code("import time; time.sleep(600)", tmp_path, timeout=0.5)
    assert outcome.timed_out
    assert not outcome.stopped


@pytest.mark.parametrize(("patience", "timed_out"), [(30.0, False), (0.5, True)])
def test_time_spent_waiting_for_another_run_is_not_its_own_within_bounds(
    tmp_path: Path, patience: float, timed_out: bool
) -> None:
    code = """
        import time
        print('{"event": "waits", "backend": "jax"}', flush=True)
        time.sleep(5)
        print('{"event": "goes_on"}', flush=True)
    """
    outcome, _ = run_code(code, tmp_path, timeout=3, patience=patience)
    assert outcome.timed_out is timed_out


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os._exit(3)", "ended with status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed with SIGSEGV"),
        ("import os; os.abort()", "crashed with SIGABRT"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "was killed by the system, most likely because memory ran out",
        ),
    ],
)
def test_how_a_child_ended_is_told_in_words(tmp_path: Path, code: str, words: str) -> None:
    outcome, _ = run_code(code, tmp_path)
    assert outcome.ended_by_itself
    assert outcome.words() == words


def test_a_run_whose_parent_is_killed_ends_by_itself(tmp_path: Path) -> None:
    child = """
import sys, time, pathlib
sys.path.insert(0, sys.argv[1])
from kerashift_watchdog import watch_parent
watch_parent()
pathlib.Path("child").write_text(str(__import__("os").getpid()))
time.sleep(600)
"""
    parent = """
import subprocess, sys, time
p = subprocess.Popen(
    [sys.executable, "-c", sys.argv[1], sys.argv[2]], stdin=subprocess.PIPE, start_new_session=True
)
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", parent, child, str(HARNESS)], cwd=tmp_path)
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    wait_until_dead(int((tmp_path / "child").read_text()))
