"""The body of POST /runs, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")  # it becomes a folder's name
_ENVIRONMENT_NAME = re.compile(r"AWS_[A-Z0-9_]+")
MAX_TIMEOUT_SECONDS = 7 * 24 * 3600  # AWS Glue's own longest timeout: 7 days


class BadRequestError(Exception):
    """A request cannot be taken; `field` names what is wrong with it."""

    def __init__(self, field_name: str, problem: str) -> None:
        super().__init__(f"{field_name}: {problem}")
        self.field = field_name


@dataclass(frozen=True)
class RunRequest:
    """What to run. `arguments` are the job's merged arguments; `environment` holds its AWS_* variables."""

    id: str
    script: str  # s3://bucket/key
    arguments: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 2880 * 60.0
    glue_version: str | None = None  # the job's; None for a run that any version can do

    @classmethod
    def from_json(cls, body: Any) -> RunRequest:
        """Read a request's body. Raise BadRequestError naming the field."""
        if not isinstance(body, dict):
            raise BadRequestError("body", "is not a JSON object")
        unknown = sorted(
            set(body) - {"id", "script", "arguments", "environment", "timeout_seconds", "glue_version"}
        )
        if unknown:
            raise BadRequestError(unknown[0], "is not a field of a run")
        if not isinstance(body.get("id"), str) or not _RUN_ID.fullmatch(body["id"]):
            raise BadRequestError("id", "must be 1 to 128 letters, digits, _ or -")
        if not isinstance(body.get("script"), str) or not re.match(r"s3[an]?://[^/]+/.+", body["script"]):
            raise BadRequestError("script", "must be an S3 URI, s3://bucket/key")
        glue_version = body.get("glue_version")
        if glue_version is not None and not isinstance(glue_version, str):
            raise BadRequestError("glue_version", "must be a string")
        environment = strings(body, "environment")
        for name in environment:
            if not _ENVIRONMENT_NAME.fullmatch(name):
                raise BadRequestError("environment", f"{name} is not an AWS_* variable")
            if not environment[name].isprintable():
                raise BadRequestError("environment", f"{name} holds what no variable can")
        return cls(
            body["id"], body["script"], strings(body, "arguments"), environment, _timeout(body), glue_version
        )


def strings(body: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return the field `name` of a body. Raise BadRequestError when it is no object of strings."""
    values = body.get(name, {})
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise BadRequestError(name, "must be an object of strings")
    return values


def _timeout(body: Mapping[str, Any]) -> float:
    seconds = body.get("timeout_seconds", RunRequest.timeout_seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise BadRequestError("timeout_seconds", "must be a number")
    if not 0 < seconds <= MAX_TIMEOUT_SECONDS:
        raise BadRequestError("timeout_seconds", f"must be above 0 and at most {MAX_TIMEOUT_SECONDS}")
    return float(seconds)
