"""Answers kept in S3: a retry, a killed run or a duplicate event pays for no text twice.

One object a text, ``<prefix><model>/<prompt digest>/<hh>/<sha256 of the text>.json``. The text itself is
not in it, but answers repeat much of it (a cleansed or masked text): the prefix is the job's alone to read,
and expires. A failure is kept as well, but counts for its own run only: the next run asks again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.clients import aws_client
from pipeline.enrichment.errors import CacheError
from pipeline.enrichment.options import EnrichmentOptions

log = logging.getLogger(__name__)

_FORMAT = 1
_ADVICE = (
    "The job's role needs s3:GetObject, s3:PutObject and s3:ListBucket (without that S3 answers a missing "
    "object with 403) on the bucket, and its KMS key."
)


@dataclass(frozen=True)
class Call:
    """One Converse request the model answered."""

    id: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Entry:
    """What is known about one text: an answer, or a reason why there is none (``pipeline.reasons``)."""

    run_id: str
    call: Call | None
    answer: dict[str, Any] | None = None
    error: str | None = None

    def to_json(self, key: str) -> bytes:
        """Return the object's body."""
        body = {"format": _FORMAT, "sha256": key, **asdict(self)}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, key: str, body: bytes, check: Callable[[Any], Any]) -> Entry:
        """Read an entry.

        Raises an Exception of any kind for what is no valid entry of ``key``.
        """
        data = json.loads(body)
        if data["format"] != _FORMAT or data["sha256"] != key:
            raise ValueError("another format or text")
        if data["answer"] is not None:
            check(data["answer"])
        elif not isinstance(data["error"], str):
            raise ValueError("neither answer nor error")
        call = Call(**data["call"]) if data["call"] else None
        return cls(str(data["run_id"]), call, data["answer"], data["error"])


class S3(Protocol):
    """boto3's ``s3`` client, as far as it is used."""

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]: ...  # noqa: N803 - boto3's names

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> Any: ...  # noqa: N803

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> Mapping[str, Any]: ...  # noqa: N803


def connect(options: EnrichmentOptions) -> S3:
    """Return an ``s3`` client for the cache's threads; botocore's standard retries, S3 needs no policy of
    ours.
    """
    client: S3 = aws_client(
        "s3",
        options.region,
        retries={"mode": "standard", "total_max_attempts": 6},
        max_pool_connections=options.cache_threads,
    )
    return client


class AnswerCache:
    """Reads and writes entries in parallel. Use it as a context manager: it owns threads."""

    def __init__(
        self, client: S3, options: EnrichmentOptions, prompt_digest: str, check: Callable[[Any], Any]
    ) -> None:
        self._client = client
        self._options = options
        self._check = check
        self._folder = f"{options.cache_prefix}{quote(options.model_id, safe='')}/{prompt_digest}/"
        self._location = f"s3://{options.cache_bucket}/{self._folder}"
        self._pool = ThreadPoolExecutor(options.cache_threads, thread_name_prefix="answer-cache")
        self._listed: frozenset[str] | None = None
        self._is_listed = False

    def __enter__(self) -> AnswerCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def key(self, sha256: str) -> str:
        """Return the object key of a text."""
        return f"{self._folder}{sha256[:2]}/{sha256}.json"

    def get_many(self, keys: Sequence[str]) -> list[Entry | None]:
        """Return the entries of ``keys``, None where there is none (or none that is sound)."""
        known = self._small_listing()
        wanted = [key for key in keys if known is None or self.key(key) in known]
        found = dict(zip(wanted, self._pool.map(self._get, wanted), strict=True))
        return [found.get(key) for key in keys]

    def put_many(self, entries: Iterable[tuple[str, Entry]]) -> None:
        """Write all; returns when all are safe. Raises CacheError."""
        list(self._pool.map(lambda item: self._put(*item), list(entries)))

    def _small_listing(self) -> frozenset[str] | None:
        """All keys of this prompt when one page holds them: a cold cache costs one request, not one a text.

        Taken once a task, after the stage began: what this run wrote before a task's retry is in it.
        """
        if not self._is_listed:
            try:
                page = self._client.list_objects_v2(Bucket=self._options.cache_bucket, Prefix=self._folder)
            except (ClientError, BotoCoreError) as error:
                raise self._error(error) from error
            if not page.get("IsTruncated"):
                self._listed = frozenset(item["Key"] for item in page.get("Contents", []))
            self._is_listed = True
        return self._listed

    def _get(self, sha256: str) -> Entry | None:
        try:
            response = self._client.get_object(Bucket=self._options.cache_bucket, Key=self.key(sha256))
            body: bytes = response["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                return None
            raise self._error(error) from error
        except BotoCoreError as error:
            raise self._error(error) from error
        try:
            entry = Entry.from_json(sha256, body, self._check)
        except Exception as error:
            log.warning("%s is no valid answer (%s): asked again", self.key(sha256), type(error).__name__)
            return None
        if entry.error is not None and entry.run_id != self._options.run_id:
            return None
        return entry

    def _put(self, sha256: str, entry: Entry) -> None:
        try:
            self._client.put_object(
                Bucket=self._options.cache_bucket,
                Key=self.key(sha256),
                Body=entry.to_json(sha256),
                ContentType="application/json",
            )
        except (ClientError, BotoCoreError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> CacheError:
        detail = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
        code = str(detail.get("Code", type(error).__name__))
        return CacheError(self._location, code, str(detail.get("Message", error)), _ADVICE)
