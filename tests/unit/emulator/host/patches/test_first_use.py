"""The patch first_use: two requests that are a service's first ones, at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.events import provider as events
from localstack.services.events.provider import EventsProvider

from glue_app.emulator.host.patches import first_use
from glue_app.emulator.host.patches.patch import original

LIMIT = 60


def both(call: Callable[[], Any], made: SlowlyMade, *, second_waits: bool) -> list[Any]:
    """What two threads get, the second of which comes while the first one's thing is made."""
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(call)
        assert made.begun.wait(LIMIT)
        second = pool.submit(call)
        if not second_waits:
            assert made.twice.wait(LIMIT)
        made.go_on.set()
        return [first.result(LIMIT), second.result(LIMIT)]


class SlowlyMade:
    """Makes lists; the first one when it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.twice, self.go_on = threading.Event(), threading.Event(), threading.Event()
        self.times = 0

    def __call__(self, *_: Any) -> Any:
        self.times += 1
        (self.twice if self.begun.is_set() else self.begun).set()
        assert self.go_on.wait(LIMIT)
        return []


def an_attribute(kind: Any, made: SlowlyMade, get: Callable[..., Any]) -> Callable[[], Any]:
    """Reads an attribute of that kind, of a store that has none yet."""
    attribute = kind(default=made)
    attribute.__set_name__(None, "queues")
    store = SimpleNamespace(_global={}, _universal={})
    return lambda: get(attribute, store)


def the_default_bus(
    made: SlowlyMade, get: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Any]:
    """Asks for EventBridge's store of an account that has no bus yet, and gives its default bus."""
    store = SimpleNamespace(event_buses={})
    monkeypatch.setattr(events, "events_stores", {"000000000000": {"us-east-1": store}})
    buses = SimpleNamespace(
        create_event_bus_service=lambda *_: SimpleNamespace(
            event_bus=SimpleNamespace(name="default", rules=made())
        )
    )

    def call() -> Any:
        return get(buses, "us-east-1", "000000000000").event_buses["default"].rules

    return call


@pytest.mark.parametrize("kind", first_use.ATTRIBUTES, ids=lambda kind: kind.__name__)
def test_localstack_still_makes_an_attribute_twice(kind: Any) -> None:
    made = SlowlyMade()
    both(an_attribute(kind, made, original(kind, "__get__")), made, second_waits=False)

    assert made.times == 2


def test_localstack_still_makes_the_default_bus_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    made = SlowlyMade()
    both(
        the_default_bus(made, original(EventsProvider, "get_store"), monkeypatch),
        made,
        second_waits=False,
    )

    assert made.times == 2


@pytest.mark.parametrize("kind", first_use.ATTRIBUTES, ids=lambda kind: kind.__name__)
def test_two_first_requests_have_one_attribute(kind: Any) -> None:
    first_use.apply()
    made = SlowlyMade()

    one, other = both(an_attribute(kind, made, kind.__get__), made, second_waits=True)

    assert one is other
    assert made.times == 1


def test_two_first_requests_have_one_default_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    first_use.apply()
    made = SlowlyMade()

    one, other = both(the_default_bus(made, EventsProvider.get_store, monkeypatch), made, second_waits=True)

    assert one is other
    assert made.times == 1
