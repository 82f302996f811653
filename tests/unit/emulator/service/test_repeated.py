"""A thread that looks again and again."""

from __future__ import annotations

import threading

import pytest

from glue_app.emulator.service.repeated import Repeated
from tests.support.polling import wait_for


class Looks:
    """Counts them; the first of them fails."""

    def __init__(self) -> None:
        self.count = 0

    def look(self) -> None:
        self.count += 1
        if self.count == 1:
            raise ValueError("the first")


def test_a_look_that_fails_is_logged_and_the_next_is_made(caplog: pytest.LogCaptureFixture) -> None:
    looks = Looks()
    repeated = Repeated("watch", looks.look, 0.001)
    repeated.start()
    try:
        wait_for("more looks", lambda: looks.count > 2, 60)
    finally:
        repeated.stop()

    assert [(record.message, str(record.exc_info[1])) for record in caplog.records if record.exc_info] == [
        ("watch", "the first")
    ]


def test_no_look_is_begun_after_the_end() -> None:
    looks = Looks()
    repeated = Repeated("watch", looks.look, 0.001)
    repeated.start()
    wait_for("a look", lambda: looks.count, 60)
    repeated.stop()
    before = looks.count

    assert not any(thread.name == "watch" for thread in threading.enumerate())
    assert (repeated.stopped, looks.count) == (True, before)


def test_the_end_waits_for_the_look_that_is_made_but_no_longer_than_it_is_told_to() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def look() -> None:
        begun.set()
        go_on.wait(30)

    repeated = Repeated("watch", look, 0.001)
    repeated.start()
    assert begun.wait(60)

    repeated.stop(0.01)
    assert any(thread.name == "watch" for thread in threading.enumerate())

    go_on.set()
    repeated.stop()
    assert not any(thread.name == "watch" for thread in threading.enumerate())


def test_what_never_began_ends_at_once() -> None:
    Repeated("watch", lambda: None, 60).stop()
