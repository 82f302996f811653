"""Sequence numbers, acknowledgements and what is sent again: both directions of a data channel, without I/O.

The constants are SSM Agent's (agent/session/config of its public source).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from glue_app.emulator.ssm.channel.message import SYN, ClientMessage, MessageType

DEFAULT_ROUND_TRIP_S = 0.1
DEFAULT_TIMEOUT_S = 0.2
MAX_TIMEOUT_S = 1.0
CLOCK_GRANULARITY_S = 0.01
_RTT_CONSTANT, _RTTV_CONSTANT = 1 / 8, 1 / 4


class RoundTrips:
    """How long an acknowledgement takes, and from that how long to wait for one."""

    def __init__(self) -> None:
        self._mean_s = DEFAULT_ROUND_TRIP_S
        self._variation_s = 0.0
        self.timeout_s = DEFAULT_TIMEOUT_S

    def took(self, seconds: float) -> None:
        self._variation_s += _RTTV_CONSTANT * (abs(self._mean_s - seconds) - self._variation_s)
        self._mean_s += _RTT_CONSTANT * (seconds - self._mean_s)
        patience_s = self._mean_s + max(CLOCK_GRANULARITY_S, 4 * self._variation_s)
        self.timeout_s = min(patience_s, MAX_TIMEOUT_S)


@dataclass
class _Sent:
    raw: bytes
    at: float


class Outgoing:
    """Stream data on its way to the client, kept until it is acknowledged.

    capacity: how many messages may be unacknowledged; whoever sends waits while it is `full`.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._next = 0
        self._unacknowledged: OrderedDict[int, _Sent] = OrderedDict()
        self.round_trips = RoundTrips()

    @property
    def full(self) -> bool:
        return len(self._unacknowledged) >= self._capacity

    def __len__(self) -> int:
        return len(self._unacknowledged)

    def number(self, payload_type: int, payload: bytes, now: float) -> bytes:
        """Make the next message, ready to be sent. now: seconds of a monotonic clock, here and below."""
        message = ClientMessage(
            MessageType.OUTPUT_STREAM_DATA.value,
            payload,
            self._next,
            payload_type,
            SYN if self._next == 0 else 0,
        )
        raw = message.pack()
        self._unacknowledged[self._next] = _Sent(raw, now)
        self._next += 1
        return raw

    def acknowledge(self, sequence_number: int, now: float) -> None:
        """Forget a message, and all before it: they came by the same connection, in order.

        The plugin acknowledges a message once. Where that got lost with a connection, the next one tells. A
        number that is not waited for is passed over, as the agent does.
        """
        if sent := self._unacknowledged.get(sequence_number):
            self.round_trips.took(now - sent.at)
            while self._unacknowledged and next(iter(self._unacknowledged)) <= sequence_number:
                self._unacknowledged.popitem(last=False)

    def due(self, now: float) -> bytes | None:
        """Return the oldest message where it waits for too long: to be sent again."""
        oldest = next(iter(self._unacknowledged.values()), None)
        if oldest is None or now - oldest.at <= self.round_trips.timeout_s:
            return None
        oldest.at = now
        return oldest.raw

    def all_again(self, now: float) -> Iterator[bytes]:
        """Everything unacknowledged, in order: for a connection that takes over."""
        for sent in self._unacknowledged.values():
            sent.at = now
            yield sent.raw


class Incoming:
    """Stream data of the client, put in order.

    capacity: how many messages are kept that came before their turn.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._expected = 0
        self._early: dict[int, ClientMessage] = {}

    def accept(self, message: ClientMessage) -> tuple[bool, list[ClientMessage]]:
        """Whether to acknowledge it, and the messages whose turn has come.

        One that came before is acknowledged again: its acknowledgement may have been lost with a connection.
        """
        number = message.sequence_number
        if number < self._expected:
            return True, []
        if number != self._expected:
            if number not in self._early and len(self._early) >= self._capacity:
                return False, []
            self._early.setdefault(number, message)
            return True, []
        ready = [message]
        self._expected += 1
        while (next_one := self._early.pop(self._expected, None)) is not None:
            ready.append(next_one)
            self._expected += 1
        return True, ready
