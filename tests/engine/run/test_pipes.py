"""What a child has written before its end is read, however slowly it is taken."""

from __future__ import annotations

import os
import threading
import time

from kerashift.engine.run.pipes import PipeReader


def test_what_was_written_before_the_end_is_read_after_a_slow_event() -> None:
    reading, writing = os.pipe()
    taken: list[bytes] = []
    has_begun = threading.Event()

    def take(data: bytes) -> None:
        taken.append(data)
        has_begun.set()
        time.sleep(0.5)

    # A process that has escaped holds the writing end open: the end of the pipe never comes.
    reader = PipeReader(os.fdopen(reading, "rb", buffering=0), take, "slow")
    os.write(writing, b"error\n")
    assert has_begun.wait(5)
    os.write(writing, b"finished\n")
    reader.finish(0.1)
    os.close(writing)
    assert b"".join(taken) == b"error\nfinished\n"
