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
    """``objects``: (bucket, key) → bytes. ``versions``: what ListObjectVersions says of Bronze."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        if (Bucket, Key) not in self.objects:
            raise error("NoSuchKey", "GetObject")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self.objects[Bucket, Key] = Body

    def get_paginator(self, operation: str) -> Any:
        return {"list_objects_v2": _Pages(self._objects), "list_object_versions": _Pages(self._versions)}[
            operation
        ]

    def _objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        for where, key in sorted(self.objects):
            if where == bucket and key.startswith(prefix):
                yield {"Contents": [{"Key": key, "LastModified": FIRST}]}

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
    """``job``: what an execution does, given its input; it says how it ends. ``started``: names, inputs."""

    job: Callable[[dict[str, Any]], str]
    definition: str = "{}"
    executions: dict[str, str] = field(default_factory=dict)
    started: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    past: list[dict[str, Any]] = field(default_factory=list)

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803, A002
        arn = stateMachineArn.replace(":stateMachine:", ":execution:") + f":{name}"
        if arn in self.executions:
            raise error("ExecutionAlreadyExists", "StartExecution")
        event = json.loads(input)
        self.started.append((name, event))
        self.executions[arn] = "RUNNING"
        self.executions[arn] = self.job(event)
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if executionArn not in self.executions:
            raise error("ExecutionDoesNotExist", "DescribeExecution")
        return {"status": self.executions[executionArn], "cause": "the job's words"}

    def describe_state_machine(self, *, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803
        return {"definition": self.definition}

    def list_executions(self, **_: Any) -> dict[str, Any]:
        return {"executions": self.past}


@dataclass
class World:
    """A deployment with uploads. ``fails``: keys whose execution fails. ``said``: what the command said."""

    s3: FakeS3 = field(default_factory=FakeS3)
    fails: set[str] = field(default_factory=set)
    gold_fails: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    model: str = "anthropic.claude-3-haiku-20240307-v1:0"
    runs: int = 0

    def __post_init__(self) -> None:
        self.sfn = FakeStepFunctions(self.job)
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
        text = self.s3.objects["assets", f"datasets/{DATASET}.yaml"].decode()
        now = Currency.of(load_contract(text, f"{DATASET}.yaml"), self.deployment)
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
        self.put(f"runs/{DATASET}/{run}/silver.json", {"bedrock": asked})

    def put(self, key: str, content: dict[str, Any]) -> None:
        self.s3.objects["silver", key] = json.dumps(content).encode()

    def job(self, event: dict[str, Any]) -> str:
        described = event["detail"]["object"]
        source = SourceObject(event["detail"]["bucket"]["name"], described["key"], described["version-id"])
        if Path(source.key).name in self.fails:
            return "FAILED"
        self.process(source)
        return "FAILED" if Path(source.key).name in self.gold_fails else "SUCCEEDED"

    @property
    def started(self) -> list[str]:
        """The files whose executions were started, in order."""
        return [Path(event["detail"]["object"]["key"]).name for _, event in self.sfn.started]
