"""The events of CloudWatch Logs into blobs, and back: JSON, as what blobs hold is never run.

A blob is a list of parts, each the events of one stream as [id, ingestion time, timestamp, message]. Parts
that are too short for a blob of their own share one, which stays until all of its streams are gone.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from moto.logs.models import LogEvent, LogStream

from . import blobs, log_chunks

#: characters of messages, at least, in a blob; the saves hold less than that of all events together
SIZE = 1 << 20


class _Part(NamedTuple):
    stream: LogStream
    events: list[Any]
    size: int


def seal() -> None:
    """Write events into blobs until less than SIZE are in none. Requests may go on; one thread may seal.

    Raises OSError where the disk is full: the blobs that were written before count.
    """
    pool: list[_Part] = []
    for stream in log_chunks.live():
        for part in _parts(stream):
            if part.size >= SIZE:
                _write([part])
            else:
                pool.append(part)
        if sum(part.size for part in pool) >= SIZE:
            _write(pool)
            pool = []


def fill(backends: log_chunks.Backends) -> None:
    """Give the streams of a save the events that the blobs have, all of which are there."""
    read: dict[str, Any] = {}
    for stream in log_chunks.streams(backends):
        events: list[Any] = []
        for chunk in log_chunks.of(stream):
            if chunk.blob not in read:
                read[chunk.blob] = json.loads(blobs.path_of(chunk.blob).read_bytes())
            events += [_event(*fields) for fields in read[chunk.blob][chunk.part]]
        stream.events[:0] = events


def _parts(stream: LogStream) -> Iterator[_Part]:
    """Yield what no blob has of a stream, cut where it is enough for one; only the last part is not."""
    events = log_chunks.unwritten(stream)
    start = size = 0
    for end, event in enumerate(events, 1):
        size += len(event.message)
        if size >= SIZE or end == len(events):
            yield _Part(stream, events[start:end], size)
            start, size = end, 0


def _write(parts: list[_Part]) -> None:
    name = uuid.uuid4().hex
    path = blobs.path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_text(json.dumps([[_fields(event) for event in part.events] for part in parts]), "ascii")
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise
    for number, part in enumerate(parts):
        log_chunks.add(part.stream, log_chunks.Chunk(name, number, len(part.events)))


def _fields(event: Any) -> tuple[int, int, int, str]:
    return event.event_id, event.ingestion_time, event.timestamp, event.message


def _event(event_id: int, ingestion_time: int, timestamp: int, message: str) -> Any:
    event = LogEvent.__new__(LogEvent)  # its constructor gives out the next id
    event.event_id, event.ingestion_time = event_id, ingestion_time
    event.timestamp, event.message = timestamp, message
    return event
