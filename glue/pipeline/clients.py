"""boto3's clients, all made here: each is told its region.

Spark's executors are processes of Glue's; that AWS_REGION or AWS_DEFAULT_REGION is set there is documented
nowhere, and a client without a region fails. So the region travels with what the driver sends.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config


def aws_client(service: str, region: str | None, **config: Any) -> Any:
    """Return a client of ``service``; ``config`` is botocore's.

    ``region`` None: what the environment says, as on a developer's machine.
    https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html
    """
    return boto3.client(service, region_name=region, config=Config(**config))  # type: ignore[call-overload]
