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
_RESUMES = 5


class Body(Protocol):
    """Bytes that can be read again from the start. Picklable: an executor opens it."""

    @property
    def uri(self) -> str: ...

    def chunks(self) -> Iterator[bytes]:
        """Return the content, about 1 MiB at a time."""
        ...


def s3_client(region: str | None = None) -> Any:
    """Return a client with retries, for the job's own credentials."""
    return aws_client("s3", region, retries={"mode": "standard", "max_attempts": 5})


@dataclass(frozen=True)
class S3Body:
    """One version of an object, by GetObject; a broken stream goes on where it stopped.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """

    source: SourceObject
    client: Callable[[], Any] = field(default=s3_client, repr=False)
    resumes: int = _RESUMES
    wait: Callable[[float], None] = field(default=time.sleep, repr=False)

    @property
    def uri(self) -> str:
        return self.source.uri

    def chunks(self) -> Iterator[bytes]:
        """Yield the content. Raises ObjectMissingError or ObjectRefusedError."""
        client, offset, length, failures = self.client(), 0, -1, 0
        while offset != length:
            try:
                answer = self._get(client, offset)
                length = offset + int(answer["ContentLength"])
                for chunk in answer["Body"].iter_chunks(_CHUNK):
                    offset += len(chunk)
                    failures = 0 if chunk else failures
                    yield chunk
                if offset >= length:
                    return
                raise OSError(f"{offset} of {length} bytes came")
            except (BotoCoreError, OSError) as error:
                # what S3 refuses has another class: it is not asked again
                failures += 1
                if failures > self.resumes:
                    raise ObjectRefusedError(self.uri, type(error).__name__, str(error)) from error
                self.wait(Backoff().delay(failures))

    def _get(self, client: Any, offset: int) -> Any:
        # an open range from byte 0 of an empty object is refused (416), so the first request names no range
        part = {"Range": f"bytes={offset}-"} if offset else {}
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
