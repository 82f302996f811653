"""Which blobs (blobs.py) hold the events of CloudWatch Logs: a save holds the newest events and names those.

moto only ever adds events at the end of a stream's list, so what was written once never changes. A stream's
chunks say which blobs hold its first events, in order. In memory the events are moto's, as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from moto.logs.models import LogStream, logs_backends

_CHUNKS = "_chunks"

Backends = Mapping[str, Mapping[str, Any]]
"""moto's backends: account → region → backend."""


class Chunk(NamedTuple):
    """Some successive events of a stream."""

    blob: str
    #: which part of the blob
    part: int
    #: how many events
    events: int


def of(stream: LogStream) -> tuple[Chunk, ...]:
    """None for a stream of a save of before there were chunks."""
    found: tuple[Chunk, ...] = getattr(stream, _CHUNKS, ())
    return found


def add(stream: LogStream, chunk: Chunk) -> None:
    """Add `chunk` to a stream, whose next events it holds."""
    setattr(stream, _CHUNKS, (*of(stream), chunk))


def unwritten(stream: LogStream) -> list[Any]:
    """Return the events that no blob has."""
    events: list[Any] = stream.events[sum(chunk.events for chunk in of(stream)) :]
    return events


def state_for_a_save(stream: LogStream) -> dict[str, Any]:
    """Return the attributes of a stream, without the events that blobs have."""
    return {**stream.__dict__, "events": unwritten(stream)}


def live() -> list[LogStream]:
    """Return the streams of this process."""
    backends = {account: dict(dict.items(regions)) for account, regions in list(dict.items(logs_backends))}
    return list(streams(backends))


def streams(backends: Backends) -> Iterator[LogStream]:
    for regions in backends.values():
        for backend in regions.values():
            for group in list(backend.groups.values()):
                yield from list(group.streams.values())


def blobs_of(found: list[LogStream]) -> set[str]:
    """Return the blobs that these streams name."""
    return {chunk.blob for stream in found for chunk in of(stream)}
