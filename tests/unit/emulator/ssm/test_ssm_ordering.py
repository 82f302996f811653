"""Sequence numbers: nothing lost, nothing twice, nothing out of order."""

from __future__ import annotations

import random

from glue_app.emulator.ssm.channel.message import SYN, ClientMessage
from glue_app.emulator.ssm.channel.ordering import (
    DEFAULT_TIMEOUT_S,
    MAX_TIMEOUT_S,
    Incoming,
    Outgoing,
    RoundTrips,
)


def numbered(number: int) -> ClientMessage:
    return ClientMessage("input_stream_data", str(number).encode(), number)


def test_messages_come_in_order_whatever_the_network_does() -> None:
    """Shuffled, doubled, some only at the second try."""
    chance = random.Random(4)
    for _ in range(50):
        sent = [numbered(number) for number in range(100)]
        arrivals = [message for message in sent for _ in range(chance.choice([1, 1, 2]))]
        chance.shuffle(arrivals)
        incoming, taken = Incoming(200), []
        for message in arrivals:
            acknowledge, ready = incoming.accept(message)
            assert acknowledge
            taken += ready
        assert taken == sent


def test_what_comes_too_early_is_kept_up_to_a_bound() -> None:
    """Beyond it a message is not acknowledged: its sender sends it again."""
    incoming = Incoming(2)
    assert [incoming.accept(numbered(number))[0] for number in (5, 3, 4, 3)] == [True, True, False, True]
    first = numbered(0)
    assert incoming.accept(first) == (True, [first])


def test_a_message_that_was_taken_is_acknowledged_again_and_not_taken_again() -> None:
    incoming = Incoming(2)
    incoming.accept(numbered(0))
    assert incoming.accept(numbered(0)) == (True, [])


def test_unacknowledged_messages_are_sent_again_the_oldest_first() -> None:
    outgoing = Outgoing(10)
    raw = [outgoing.number(1, bytes([number]), now=0.0) for number in range(3)]
    assert outgoing.due(DEFAULT_TIMEOUT_S) is None
    assert outgoing.due(DEFAULT_TIMEOUT_S + 0.01) == raw[0]
    assert outgoing.due(DEFAULT_TIMEOUT_S + 0.02) is None  # it was just sent
    assert list(outgoing.all_again(1.0)) == raw
    assert ClientMessage.unpack(raw[0]).flags == SYN
    assert ClientMessage.unpack(raw[1]).flags == 0


def test_an_acknowledgement_tells_of_all_before_it() -> None:
    """The plugin acknowledges once: what got lost with a connection is made up for by the next one."""
    outgoing = Outgoing(3)
    for number in range(3):
        outgoing.number(1, bytes([number]), now=0.0)
    assert outgoing.full
    outgoing.acknowledge(7, now=0.1)  # of nobody
    assert outgoing.full
    outgoing.acknowledge(1, now=0.1)
    assert len(outgoing) == 1
    outgoing.acknowledge(1, now=0.2)
    assert len(outgoing) == 1


def test_the_wait_for_an_acknowledgement_follows_the_round_trips() -> None:
    """Bounded above, however slow the client is."""
    fast, slow = RoundTrips(), RoundTrips()
    for _ in range(100):
        fast.took(0.001)
        slow.took(30.0)
    assert fast.timeout_s < 0.05
    assert slow.timeout_s == MAX_TIMEOUT_S
