"""Tags of our own resources (jobs, connections); those of the catalog are with moto.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-tags.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from glue_app.emulator.glue.exceptions import EntityNotFoundException, InvalidInputException
from glue_app.emulator.glue.models import GlueStore

_ARN = re.compile(r"arn:[^:]+:glue:[^:]*:\d{12}:(?P<kind>[A-Za-z]+)(/(?P<name>.+))?")
_MAX_TAGS = 50


def is_ours(resource_arn: str) -> bool:
    """Whether a resource's tags are here. Raises InvalidInputException for what is no ARN of Glue."""
    return _parse(resource_arn)[0] in ("job", "connection")


def get(store: GlueStore, resource_arn: str) -> dict[str, str]:
    """Return a resource's tags. Raises EntityNotFoundException for a resource that does not exist."""
    kind, name = _parse(resource_arn)
    if name not in (store.jobs if kind == "job" else store.connections):
        raise EntityNotFoundException.named(kind.capitalize(), name)
    return dict(store.tags.get(resource_arn, {}))


def add(store: GlueStore, resource_arn: str, tags: Mapping[str, str]) -> None:
    """Add tags to a resource. Raises EntityNotFoundException, InvalidInputException beyond 50 tags."""
    merged = {**get(store, resource_arn), **tags}
    if len(merged) > _MAX_TAGS:
        raise InvalidInputException(f"A resource can have at most {_MAX_TAGS} tags.")
    store.tags[resource_arn] = merged


def remove(store: GlueStore, resource_arn: str, keys: Iterable[str]) -> None:
    """Remove tags from a resource. Raises EntityNotFoundException."""
    gone = set(keys)
    store.tags[resource_arn] = {k: v for k, v in get(store, resource_arn).items() if k not in gone}


def _parse(resource_arn: str) -> tuple[str, str]:
    match = _ARN.fullmatch(resource_arn)
    if match is None:
        raise InvalidInputException(f"{resource_arn} is not the ARN of an AWS Glue resource.")
    return match.group("kind"), match.group("name") or ""
