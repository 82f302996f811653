"""A run's output in CloudWatch Logs, line by line while it runs, written as the job's role.

https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html: standard output goes to
<log group>/output, standard error to <log group>/error, each to a stream named by the run's id.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from typing import Any

_MAX_EVENTS = 10_000  # of one PutLogEvents
_MAX_BATCH_BYTES = 1_048_576  # each event counts its UTF-8 bytes and 26 more
_EVENT_OVERHEAD = 26
_MAX_EVENT_BYTES = 256 * 1024 - _EVENT_OVERHEAD


class LogStream:
    """Turns bytes as they come into log events of whole lines."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client, self._group, self._stream = client, group, stream
        self._rest = b""
        self._created = False

    def write(self, data: bytes) -> None:
        """Ships the lines that are complete; the rest waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._put(lines)

    def close(self) -> None:
        """Ships a last line that has no end."""
        rest, self._rest = self._rest, b""
        self._put([rest] if rest else [])

    def _put(self, lines: Iterable[bytes]) -> None:
        for messages in batches(message for line in lines for message in split_line(line)):
            if not self._created:
                self._create()
            timestamp = int(time.time() * 1000)
            self._client.put_log_events(
                logGroupName=self._group,
                logStreamName=self._stream,
                logEvents=[{"timestamp": timestamp, "message": message} for message in messages],
            )

    def _create(self) -> None:
        exists = self._client.exceptions.ResourceAlreadyExistsException
        with contextlib.suppress(exists):
            self._client.create_log_group(logGroupName=self._group)
        with contextlib.suppress(exists):
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        self._created = True


def split_line(line: bytes) -> list[str]:
    """Split a line into log messages; leave out blank ones (CloudWatch refuses them), cut those too long."""
    line = line.rstrip(b"\r")
    pieces = (line[i : i + _MAX_EVENT_BYTES] for i in range(0, len(line), _MAX_EVENT_BYTES))
    return [text for piece in pieces if (text := piece.decode("utf-8", "replace")).strip()]


def batches(messages: Iterable[str]) -> Iterable[list[str]]:
    """Messages in groups that PutLogEvents takes."""
    batch: list[str] = []
    size = 0
    for message in messages:
        cost = len(message.encode()) + _EVENT_OVERHEAD
        if batch and (len(batch) == _MAX_EVENTS or size + cost > _MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += cost
    if batch:
        yield batch
