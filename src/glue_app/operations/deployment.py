"""Where a pipeline is deployed: Terraform's outputs, and AWS clients that reach it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from glue_app.operations.errors import OperationError, UsageError
from glue_app.settings import Settings
from glue_app.stack.terraform import region_of
from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract

_NEEDED = ("bronze_bucket", "silver_bucket", "assets_bucket", "state_machine_arn", "glue_job_name")
_DATASETS = "datasets/"  # as infra/glue.tf passes it


@dataclass(frozen=True)
class Deployment:
    """``outputs``: name → value. ``connect``: service → boto3 client."""

    outputs: Mapping[str, Any]
    connect: Callable[[str], Any]

    @classmethod
    def of(cls, settings: Settings, outputs: str) -> Deployment:
        """Return the running stack's, or that of a file which ``terraform output -json`` has written.

        With a file, credentials and endpoint are the caller's own, as the AWS CLI finds them. Raises
        UsageError, StackNotRunningError.
        """
        if outputs:
            return cls.of_file(Path(outputs).expanduser())
        from glue_app.e2e.stack import RunningStack

        stack = RunningStack.connect(settings)
        return cls(stack.outputs, stack.client)

    @classmethod
    def of_file(cls, path: Path) -> Deployment:
        """Read Terraform's outputs. Raises UsageError."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            values = {name: one["value"] for name, one in found.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no JSON of Terraform's outputs"
            raise UsageError(f"OUTPUTS={path}: {why}", f"terraform output -json > {path}") from error
        missing = [name for name in _NEEDED if name not in values]
        if missing:
            raise UsageError(
                f"OUTPUTS={path} lacks {', '.join(missing)}", "terraform apply, then output -json"
            )
        session = boto3.session.Session(region_name=region_of(values))
        return cls(values, lambda service: session.client(service))  # type: ignore[call-overload]

    @cached_property
    def s3(self) -> Any:
        return self.connect("s3")

    @property
    def bronze(self) -> str:
        return str(self.outputs["bronze_bucket"])

    @property
    def silver(self) -> str:
        return str(self.outputs["silver_bucket"])

    def contract(self, dataset: str) -> Contract:
        """Return the dataset's contract as the job reads it. Raises UsageError, OperationError."""
        if not dataset:
            raise UsageError("name the dataset: DATASET=…", "")
        assets = str(self.outputs["assets_bucket"])
        key = f"{_DATASETS}{dataset}.yaml"
        body = self.body(assets, key)
        if body is None:
            names = ", ".join(self._datasets(assets)) or "none"
            raise UsageError(f"no dataset {dataset!r} is deployed; there are: {names}", "")
        try:
            return load_contract(body.decode("utf-8-sig"), f"s3://{assets}/{key}")
        except ContractError as error:
            raise OperationError(str(error)) from error

    def model_id(self) -> str:
        """Return the model that the job asks."""
        job = self.connect("glue").get_job(JobName=self.outputs["glue_job_name"])["Job"]
        return str(job.get("DefaultArguments", {}).get("--bedrock_model_id", ""))

    def body(self, bucket: str, key: str) -> bytes | None:
        """Return an object's bytes; None where there is none."""
        try:
            found: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        return found

    def json(self, bucket: str, key: str) -> dict[str, Any] | None:
        """Return a JSON object; None where there is none."""
        body = self.body(bucket, key)
        return None if body is None else json.loads(body)

    def put_json(self, bucket: str, key: str, content: Mapping[str, Any]) -> None:
        body = json.dumps(content, ensure_ascii=False, indent=2, default=str).encode()
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Return the names of all objects below ``prefix``."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def _datasets(self, assets: str) -> list[str]:
        found = self.keys(assets, _DATASETS)
        return sorted(key.removeprefix(_DATASETS).removesuffix(".yaml") for key in found)
