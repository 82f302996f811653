"""The bytes of a source object, as a stream that survives a lost connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.backoff import Backoff
from pipeline.clients import aws_client
from pipeline.errors import ObjectMissingError, ObjectRefusedError
from pipeline.source import SourceObject

_CHUNK = 1 << 20
_AHEAD = 64 << 10
_RESUMES = 5


class Body(Protocol):
    """Bytes that can be read again, also in part. Picklable: an executor opens it."""

    @property
    def uri(self) -> str: ...

    @property
    def size(self) -> int:
        """Bytes in all."""
        ...

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes from ``start`` up to ``end`` or the last one, about 1 MiB at a time."""
        ...


def onwards(body: Body, start: int, end: int) -> Iterator[bytes]:
    """Return the bytes from ``start`` to the last one; what lies far behind ``end`` is asked for when it is
    needed.
    """
    stop = end + _AHEAD
    yield from body.chunks(start, stop)
    while stop < body.size:
        yield from body.chunks(stop, stop + _CHUNK)
        stop += _CHUNK


def s3_client(region: str | None = None) -> Any:
    """Return a client with retries, for the job's own credentials."""
    return aws_client("s3", region, retries={"mode": "standard", "max_attempts": 5})


@dataclass(frozen=True)
class S3Body:
    """One version of an object, by GetObject; a broken stream goes on where it stopped.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """

    source: SourceObject
    size: int
    """Bytes, as HeadObject says: an answer with fewer or more is no success."""
    client: Callable[[], Any] = field(default=s3_client, repr=False)
    resumes: int = _RESUMES
    wait: Callable[[float], None] = field(default=time.sleep, repr=False)

    @property
    def uri(self) -> str:
        return self.source.uri

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes. Raises ObjectMissingError or ObjectRefusedError."""
        stop = self.size if end is None else min(end, self.size)
        client, offset, failures = self.client(), start, 0
        while offset < stop:
            try:
                answer = self._get(client, offset, stop)
                length = int(answer["ContentLength"])
                if length != stop - offset:  # it has another size, or nobody cared for the range
                    raise OSError(f"{length} bytes instead of {stop - offset} from byte {offset} on")
                for chunk in answer["Body"].iter_chunks(_CHUNK):
                    offset += len(chunk)
                    failures = 0 if chunk else failures
                    yield chunk
                if offset < stop:
                    raise OSError(f"{offset} of {stop} bytes came")
            except (BotoCoreError, OSError) as error:
                # what S3 refuses has another class: it is not asked again
                failures += 1
                if failures > self.resumes:
                    raise ObjectRefusedError(self.uri, type(error).__name__, str(error)) from error
                self.wait(Backoff().delay(failures))

    def _get(self, client: Any, offset: int, stop: int) -> Any:
        part = {} if stop - offset == self.size else {"Range": f"bytes={offset}-{stop - 1}"}
        source = self.source
        try:
            return client.get_object(
                Bucket=source.bucket, Key=source.key, VersionId=source.version_id, **part
            )
        except ClientError as error:
            raise refused(self.uri, error) from error


def refused(uri: str, error: ClientError) -> ObjectMissingError | ObjectRefusedError:
    """Return the pipeline's error for what S3 answered."""
    code = str(error.response["Error"]["Code"])
    if code in ("NoSuchKey", "NoSuchVersion", "NoSuchBucket", "404"):
        return ObjectMissingError(uri, "it was deleted, or bucket, key or version id are mistyped")
    return ObjectRefusedError(uri, code, str(error.response["Error"].get("Message", "")))
