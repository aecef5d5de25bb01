"""Time limits count processor seconds, and a fraction of the seconds that pass."""

import os
import socket
import time

from utils.grading.clock import PATIENCE, Clock


def test_what_is_used_is_processor_time_where_that_is_more():
    times = iter([10.0, 13.0])
    assert Clock(lambda: next(times)).used() == 3.0


def test_what_only_waits_uses_a_fraction():
    clock = Clock(lambda: 0.0)
    time.sleep(0.2)
    assert 0.2 <= clock.used() * PATIENCE < 2
    assert clock.restart() * PATIENCE >= 0.2
    assert clock.used() * PATIENCE < 0.2


def test_waiting_ends_when_something_comes_or_the_limit_is_used():
    ours, theirs = socket.socketpair()
    start = time.monotonic()
    assert not Clock(lambda: 0.0).wait(ours, 0.1)
    assert time.monotonic() - start >= 0.1 * PATIENCE
    spent = iter(range(100))
    assert not Clock(lambda: next(spent)).wait(ours, 3)
    theirs.send(b"x")
    assert Clock(lambda: 0.0).wait(ours, 1)
    ours.close(), theirs.close()


def test_it_does_not_look_all_the_time():
    ours, theirs = socket.socketpair()
    looks = []
    assert not Clock(lambda: looks.append(1) or 0.0).wait(ours, 0.2)
    assert len(looks) < 60 * (os.cpu_count() or 1)
    ours.close(), theirs.close()
