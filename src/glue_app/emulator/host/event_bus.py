"""Events that a service itself puts on its account's default bus."""

from __future__ import annotations

from typing import Any

from localstack.aws.connect import connect_to


def put(service: str, account_id: str, region: str, entry: dict[str, Any]) -> None:
    """service: of the principal that puts it (`glue`). entry: as PutEvents takes it."""
    clients = connect_to(aws_access_key_id=account_id, region_name=region)
    clients.events.request_metadata(service_principal=service).put_events(Entries=[entry])
