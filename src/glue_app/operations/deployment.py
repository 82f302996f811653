"""Where a pipeline is deployed: Terraform's outputs, and AWS clients that reach it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from glue_app.operations.errors import OperationError, UsageError
from glue_app.settings import Settings
from glue_app.stack.terraform import aws_environment, region_of
from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract

_NEEDED = ("bronze_bucket", "silver_bucket", "assets_bucket", "state_machine_arn", "glue_job_name")
_DATASETS = "datasets/"  # as infra/glue.tf passes it


@dataclass(frozen=True)
class Deployment:
    """``outputs``: name → value. ``connect``: service → boto3 client. ``lake_options``: of delta-rs."""

    outputs: Mapping[str, Any]
    connect: Callable[[str], Any]
    lake_options: Callable[[], dict[str, str]] = dict

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
        environment = {**aws_environment(stack.endpoint), "AWS_REGION": region_of(stack.outputs)}
        return cls(stack.outputs, stack.client, lambda: environment | {"AWS_ALLOW_HTTP": "true"})

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

        def connect(service: str) -> Any:
            return session.client(service)  # type: ignore[call-overload]

        return cls(values, connect, lambda: _lake_options(session))

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

    def versions(self, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        """Yield all versions of all objects below ``prefix``, and their delete markers, which have no Size.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
        """
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Versions", [])
            yield from page.get("DeleteMarkers", [])

    def _datasets(self, assets: str) -> list[str]:
        found = self.keys(assets, _DATASETS)
        return sorted(key.removeprefix(_DATASETS).removesuffix(".yaml") for key in found)


def _lake_options(session: boto3.session.Session) -> dict[str, str]:
    """Return the session's credentials and endpoint as delta-rs takes them."""
    endpoint = str(session.client("s3").meta.endpoint_url)
    options = {"AWS_REGION": str(session.region_name)}
    if credentials := session.get_credentials():
        frozen = credentials.get_frozen_credentials()
        options["AWS_ACCESS_KEY_ID"] = str(frozen.access_key)
        options["AWS_SECRET_ACCESS_KEY"] = str(frozen.secret_key)
        if frozen.token:
            options["AWS_SESSION_TOKEN"] = frozen.token
    if ".amazonaws." not in endpoint:
        options |= {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true"}
    return options
