"""A deployment in memory: an S3 with versions, and a state machine whose job writes markers.

Only the calls that the operations make, with boto3's answers. S3 is not moto's here: the order of uploads is
by LastModified, which a test has to set.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from glue_app.operations.currency import Currency
from glue_app.operations.deployment import Deployment
from glue_app.operations.source_versions import marker_key
from pipeline.contract.loader import load_contract
from pipeline.source import SourceObject

FIRST = datetime(2026, 1, 1, 9, 0, 0, tzinfo=timezone.utc)
MACHINE = "arn:aws:states:eu-central-1:000000000000:stateMachine:glue-app-pipeline"
DATASET = "orders"
CONTRACT = """
title: Orders
columns:
  - {name: order_id, type: string, required: true}
  - {name: words, type: string}
record_key: [order_id]
free_text: [words]
enrich:
  instructions: Judge.
  answer:
    type: object
    properties: {mood: {type: string}}
    required: [mood]
    additionalProperties: false
"""


def error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


@dataclass
class FakeS3:
    """``objects``: (bucket, key) → bytes. ``versions``: what ListObjectVersions says of Bronze.

    ``at``: when an object was written.
    """

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    at: dict[str, datetime] = field(default_factory=dict)

    def get_object(self, *, Bucket: str, Key: str, VersionId: str = "", Range: str = "") -> dict[str, Any]:  # noqa: N803 - boto3's names
        if (Bucket, Key) not in self.objects:
            raise error("NoSuchKey", "GetObject")
        body = self.objects[Bucket, Key][int(Range[6:-1] or 0) if Range else 0 :]
        return {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentLength": len(body)}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self.objects[Bucket, Key] = Body

    def get_paginator(self, operation: str) -> Any:
        return {"list_objects_v2": _Pages(self._objects), "list_object_versions": _Pages(self._versions)}[
            operation
        ]

    def _objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        for where, key in sorted(self.objects):
            if where == bucket and key.startswith(prefix):
                yield {"Contents": [{"Key": key, "LastModified": self.at.get(key, FIRST)}]}

    def _versions(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        yield {"DeleteMarkers": [{"Key": f"{prefix}gone.csv", "VersionId": "d"}]}
        for one in self.versions:
            if one["Key"].startswith(prefix):
                yield {"Versions": [one]}


@dataclass
class _Pages:
    of: Callable[[str, str], Iterator[dict[str, Any]]]

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        return self.of(Bucket, Prefix)


@dataclass
class FakeStepFunctions:
    """``work``: what an execution does; it says how it ends. ``started``: the inputs."""

    work: Callable[[], str]
    definition: str = "pending/"
    executions: dict[str, str] = field(default_factory=dict)
    started: list[dict[str, Any]] = field(default_factory=list)

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803, A002
        arn = stateMachineArn.replace(":stateMachine:", ":execution:") + f":{name}"
        assert arn not in self.executions
        assert len(name) <= 80
        self.started.append(json.loads(input))
        self.executions[arn] = self.work()
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {"status": self.executions[executionArn], "cause": "the machine's words"}

    def describe_state_machine(self, *, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803
        return {"definition": self.definition}


@dataclass
class World:
    """A deployment with uploads. ``fails``: files that fail. ``processed``: in which order, with ``force``.

    ``said``: what the command said. ``kill_before``: the file before which the job is killed.
    """

    s3: FakeS3 = field(default_factory=FakeS3)
    fails: set[str] = field(default_factory=set)
    gold_fails: bool = False
    kill_before: str = ""
    processed: list[tuple[str, bool]] = field(default_factory=list)
    loads: int = 0
    said: list[str] = field(default_factory=list)
    model: str = "anthropic.claude-3-haiku-20240307-v1:0"
    runs: int = 0

    def __post_init__(self) -> None:
        self.sfn = FakeStepFunctions(self.work)
        self.contract(CONTRACT)

    @property
    def deployment(self) -> Deployment:
        names = {f"{name}_bucket": name for name in ("bronze", "silver", "assets")}
        outputs = {**names, "state_machine_arn": MACHINE, "glue_job_name": "job"}
        clients = {"s3": self.s3, "stepfunctions": self.sfn, "glue": self}
        return Deployment(outputs, clients.__getitem__)

    def get_job(self, *, JobName: str) -> dict[str, Any]:  # noqa: N803
        return {"Job": {"DefaultArguments": {"--bedrock_model_id": self.model}}}

    def contract(self, text: str) -> None:
        self.s3.objects["assets", f"datasets/{DATASET}.yaml"] = text.encode()

    def upload(self, name: str, minutes: int, version: str = "v1", size: int = 10) -> SourceObject:
        key = f"bronze/{DATASET}/{name}"
        at = FIRST + timedelta(minutes=minutes)
        found = {"Key": key, "VersionId": version, "Size": size, "LastModified": at, "ETag": '"e"'}
        self.s3.versions.insert(0, found)
        return SourceObject("bronze", key, version)

    def marker(self, source: SourceObject) -> dict[str, Any] | None:
        body = self.s3.objects.get(("silver", marker_key(DATASET, source)))
        return None if body is None else json.loads(body)

    def process(self, source: SourceObject, **of_the_marker: Any) -> None:
        """What a run of the job leaves: a marker of now, and a report."""
        self.runs += 1
        run = f"jr_{self.runs}"
        now = self._currency()
        marker = {
            "contract_digest": now.silver_digest,
            "asked": now.asked,
            "job_run_id": run,
            "rows": {"read": 5, "silver": 5, "quarantined": 0},
            "quarantine_reasons": {},
            **of_the_marker,
        }
        asked = {"calls": 1, "distinct": 4, "cached": 0, "input_tokens": 400, "output_tokens": 80}
        self.put(marker_key(DATASET, source), marker)
        self.put(
            f"runs/{DATASET}/{run}/silver.json", {"bedrock": asked, "seconds": {"write": 20.0, "total": 30.0}}
        )

    def put(self, key: str, content: dict[str, Any]) -> None:
        self.s3.objects["silver", key] = json.dumps(content).encode()

    def work(self) -> str:
        """What the machine and the job do with what waits: in order, then Gold once."""
        prefix = f"pending/{DATASET}/uploads/"
        waiting = [key for _, key in self.s3.objects if key.startswith(prefix)]
        requests = {key: json.loads(self.s3.objects["silver", key]) for key in waiting}
        at = {one["VersionId"] + one["Key"]: one["LastModified"] for one in self.s3.versions}

        def order(key: str) -> datetime:
            source = requests[key]["source"]
            found: datetime = at[source["version_id"] + source["key"]]
            return found

        for key in sorted(requests, key=order):
            told = requests[key]["source"]
            name = Path(told["key"]).name
            if name == self.kill_before:
                return "FAILED"
            source = SourceObject(told["bucket"], told["key"], told["version_id"])
            force = requests[key].get("force", False)
            self.put(f"pending/{DATASET}/gold.json", {})
            if name in self.fails:
                self.put(f"quarantine-notes/{key.removeprefix(prefix)}", {"cause": "the job's words"})
            elif force or not self._currency().is_of_now(self.marker(source) or {}):
                self.processed.append((name, force))
                self.process(source)
            del self.s3.objects["silver", key]
        if self.gold_fails:
            return "FAILED"
        self.loads += self.s3.objects.pop(("silver", f"pending/{DATASET}/gold.json"), None) is not None
        return "SUCCEEDED"

    def _currency(self) -> Currency:
        text = self.s3.objects["assets", f"datasets/{DATASET}.yaml"].decode()
        return Currency.of(load_contract(text, f"{DATASET}.yaml"), self.deployment)

    @property
    def files(self) -> list[str]:
        """Those that were processed, in order."""
        return [name for name, _ in self.processed]
