"""Connections: create, read, update, delete. No connection is made; a NETWORK one only places a job.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-connections.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_app.emulator.glue.exceptions import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
)
from glue_app.emulator.glue.models import Connection, GlueStore
from glue_app.emulator.service.clock import now

_SECRET_PROPERTIES = ("PASSWORD", "ENCRYPTED_PASSWORD")
_REQUIRED = ("Name", "ConnectionType", "ConnectionProperties")


def create_connection(store: GlueStore, connection_input: Mapping[str, Any]) -> Connection:
    """Create a connection. Raises AlreadyExistsException, InvalidInputException."""
    _check(connection_input)
    name = connection_input["Name"]
    if name in store.connections:
        raise AlreadyExistsException.named("Connection", name)
    connection = store.connections[name] = Connection(name, dict(connection_input))
    return connection


def get_connection(store: GlueStore, name: str) -> Connection:
    """Return a connection. Raises EntityNotFoundException."""
    if name not in store.connections:
        raise EntityNotFoundException.named("Connection", name)
    return store.connections[name]


def update_connection(store: GlueStore, name: str, connection_input: Mapping[str, Any]) -> None:
    """Replace the definition. Raises EntityNotFoundException, and InvalidInputException on a new name."""
    connection = get_connection(store, name)
    _check(connection_input)
    if connection_input["Name"] != name:
        raise InvalidInputException(f"Connection {name} cannot be renamed to {connection_input['Name']}.")
    connection.input, connection.last_updated_time = dict(connection_input), now()


def delete_connection(store: GlueStore, name: str) -> None:
    """Delete a connection. Raises EntityNotFoundException."""
    get_connection(store, name)
    del store.connections[name]


def as_dict(connection: Connection, *, hide_password: bool = False) -> dict[str, Any]:
    """AWS's Connection structure; its properties without the password when that is to be hidden."""
    fields = {k: v for k, v in connection.input.items() if not k.startswith("Validate")}
    if hide_password:
        fields["ConnectionProperties"] = {
            name: value
            for name, value in fields["ConnectionProperties"].items()
            if name not in _SECRET_PROPERTIES
        }
    return {
        **fields,
        "CreationTime": connection.creation_time,
        "LastUpdatedTime": connection.last_updated_time,
        "Status": "READY",
    }


def matches(connection: Connection, criteria: Mapping[str, Any]) -> bool:
    """Whether GetConnections' Filter takes a connection."""
    wanted_type, wanted = criteria.get("ConnectionType"), set(criteria.get("MatchCriteria") or [])
    if wanted_type and connection.input["ConnectionType"] != wanted_type:
        return False
    return wanted <= set(connection.input.get("MatchCriteria") or [])


def _check(connection_input: Mapping[str, Any]) -> None:
    for name in _REQUIRED:
        if connection_input.get(name) is None:
            raise InvalidInputException(f"ConnectionInput.{name} cannot be null.")
