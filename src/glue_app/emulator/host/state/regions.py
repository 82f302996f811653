"""botocore's lists of regions: each container of a restore asks for them, at 40 to 60 ms a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import boto3


@contextlib.contextmanager
def cached_regions() -> Iterator[None]:
    """Within the block, all boto3 sessions share one session's endpoint data."""
    original = boto3.Session.get_available_regions
    shared = boto3.Session()
    answers: dict[tuple[str, str, bool], list[str]] = {}

    def get_available_regions(
        self: Any, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]:
        question = (service_name, partition_name, allow_non_regional)
        if question not in answers:
            answers[question] = original(shared, *question)
        return list(answers[question])

    boto3.Session.get_available_regions = get_available_regions  # type: ignore[method-assign]
    try:
        yield
    finally:
        boto3.Session.get_available_regions = original  # type: ignore[method-assign]
