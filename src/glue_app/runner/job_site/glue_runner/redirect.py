"""Points every boto3 of the job at AWS_ENDPOINT_URL.

Glue 4.0's botocore (1.27) is older than that variable (1.31): unpatched, it would call the real AWS. The
patch is the same for a newer botocore that the job brings along, and is put on when botocore is imported, not
before. S3 is addressed path-style: `bucket.localhost` and the like do not resolve.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from .imports import after_import


def install() -> None:
    """Patches botocore.session as soon as it is imported. Does nothing without AWS_ENDPOINT_URL."""
    if os.environ.get("AWS_ENDPOINT_URL"):
        after_import("botocore.session", patch)


def endpoint_for(service: str, env: Mapping[str, str] = os.environ) -> str | None:
    """Return the endpoint of a service; AWS_ENDPOINT_URL_<SERVICE> is more specific than AWS_ENDPOINT_URL.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    return env.get(f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}") or env.get("AWS_ENDPOINT_URL")


def patch(session_module: ModuleType) -> None:
    """Wrap botocore.session.Session.create_client."""
    session_class: Any = session_module.Session
    original = session_class.create_client

    def create_client(self: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        # positional: region_name, api_version, use_ssl, verify, endpoint_url, ..., config
        names = ("region_name", "api_version", "use_ssl", "verify", "endpoint_url", "aws_access_key_id",
                 "aws_secret_access_key", "aws_session_token", "config")  # fmt: skip
        given = {**dict(zip(names, args)), **kwargs}  # noqa: B905  (shorter is right)
        if not given.get("endpoint_url"):
            given["endpoint_url"] = endpoint_for(service_name)
            if service_name == "s3":
                given["config"] = _path_style(given.get("config"))
        return original(self, service_name, **given)

    session_class.create_client = create_client


def _path_style(config: Any) -> Any:
    from botocore.config import Config

    s3: Any = {**(getattr(config, "s3", None) or {}), "addressing_style": "path"}
    addressing = Config(s3=s3)
    return config.merge(addressing) if config is not None else addressing
