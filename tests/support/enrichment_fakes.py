"""A model and an S3 bucket in memory, with the clients' interfaces."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from pipeline.backoff import Backoff
from pipeline.enrichment import EnrichmentOptions
from pipeline.enrichment.asking import Outcome
from pipeline.enrichment.cache import Call
from pipeline.enrichment.executor import PartitionTask
from pipeline.enrichment.packing import Text
from pipeline.enrichment.task import EnrichmentTask

Record = dict[str, Any]
Reply = Callable[[list[Record], Mapping[str, Any]], Any]

PROPERTIES: dict[str, Any] = {
    "category": {"type": "string", "enum": ["delivery", "other"]},
    "summary": {"type": "string", "maxLength": 20},
    "keywords": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    "score": {"type": "number"},
}
ANSWER = {
    "type": "object",
    "properties": PROPERTIES,
    "required": ["category", "summary"],
    "additionalProperties": False,
}
TASK = EnrichmentTask("feedback", "Customer feedback.", "Judge each text.", ("comment",), ANSWER)
MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def options(**settings: Any) -> EnrichmentOptions:
    return EnrichmentOptions(
        **{"model_id": MODEL, "cache_bucket": "cache", "run_id": "run-1", "records_per_prompt": 4} | settings
    )


def texts(count: int, prefix: str = "text") -> list[Text]:
    return [Text(f"{prefix}-{number}".encode().hex(), f"{prefix} {number}") for number in range(count)]


def answer_for(record: Record) -> Record:
    return {"id": record["id"], "category": "delivery", "summary": record["text"][:20]}


def error(code: str, message: str = "", status: int = 400) -> ClientError:
    detail = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(detail, "Converse")  # type: ignore[arg-type]


def response(records: Any, stop_reason: str = "tool_use") -> Mapping[str, Any]:
    use = {"toolUse": {"toolUseId": "t", "name": "save_records", "input": {"records": records}}}
    return {
        "output": {"message": {"role": "assistant", "content": [use]}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 100, "outputTokens": 10, "totalTokens": 110},
    }


class FakeModel:
    """``reply`` makes a response (or raises, or returns records) from the records of a request."""

    def __init__(self, reply: Reply | None = None) -> None:
        self._reply: Reply = reply or (lambda records, request: [answer_for(record) for record in records])
        self._lock = threading.Lock()
        self.requests: list[Mapping[str, Any]] = []
        self.in_flight = 0
        self.most_in_flight = 0

    def converse(self, **request: Any) -> Mapping[str, Any]:
        with self._lock:
            self.requests.append(request)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            result = self._reply(records_of(request), request)
            return result if isinstance(result, Mapping) else response(result)
        finally:
            with self._lock:
                self.in_flight -= 1

    @property
    def sizes(self) -> list[int]:
        """How many records each request held, in order."""
        return [len(records_of(request)) for request in self.requests]


def records_of(request: Mapping[str, Any]) -> list[Record]:
    text = request["messages"][0]["content"][0]["text"]
    found = re.search(r"<records>(.*)</records>", text, re.DOTALL)
    assert found
    records: list[Record] = json.loads(found[1])
    return records


class FakeBucket:
    """An S3 client over a dict; ``refuse`` makes an operation fail with that code."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refuse: dict[str, str] = {}
        self.calls: list[str] = []

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.refuse:
            raise error(self.refuse[operation], "no", 403)

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]:  # noqa: N803
        self._called("get_object")
        if Key not in self.objects:
            raise error("NoSuchKey", status=404)
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self._called("put_object")
        self.objects[Key] = Body

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> Mapping[str, Any]:  # noqa: N803
        self._called("list_objects_v2")
        found = [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]
        return {"Contents": found[:1000], "IsTruncated": len(found) > 1000}


class Run:
    """One task over ``given``: what became of each text, and the calls reported."""

    def __init__(
        self,
        model: FakeModel,
        bucket: FakeBucket,
        given: Sequence[Text],
        settings: EnrichmentOptions | None = None,
        in_flight: int = 1,
    ) -> None:
        results = list(PartitionTask(TASK, settings or options(), in_flight).results(given, model, bucket))
        self.calls = [result for result in results if isinstance(result, Call)]
        self.outcomes = {result.text.value: result for result in results if isinstance(result, Outcome)}
        assert len(self.outcomes) + len(self.calls) == len(results), "a text has two outcomes"

    @property
    def reasons(self) -> dict[str, str | None]:
        return {text: outcome.entry.error for text, outcome in self.outcomes.items()}


def impatient(**settings: Any) -> Backoff:
    """A policy that does not wait, and a clock that believes it did."""
    now = [0.0]

    def sleep(seconds: float) -> bool:
        now[0] += seconds
        return False

    return Backoff(**{"sleep": sleep, "clock": lambda: now[0], "uniform": lambda low, high: high} | settings)
