"""What LocalStack's and moto's services hold: the containers their state visitors are shown.

A service can hold state without being loaded (an RDS instance writes moto's store of secrets), and what
LocalStack calls running says nothing about that: so a fixed list is loaded before each save and restore.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localstack.services.plugins import SERVICE_PLUGINS
from localstack.services.stores import AccountRegionBundle
from moto.core.base_backend import BackendDict

SERVICES = (
    "s3", "sqs", "sns", "events", "stepfunctions", "kms", "cloudwatch", "logs", "sts", "ec2", "iam", "ssm",
    "secretsmanager", "glue", "rds",
)  # fmt: skip
"""The services that are kept. The tagging API and S3 Control read those; Bedrock's state is the stub's."""


class ServiceNotKeptError(LookupError):
    """Raised for a service that a save names and this version does not know."""

    def __init__(self, service: str) -> None:
        self.service = service
        super().__init__(f"the save holds {service!r}, which this version does not keep")


@dataclass(frozen=True)
class Container:
    """A place where a service keeps its state; everybody imported it by name, so it is never replaced."""

    name: str
    held: Any

    def to_plain(self) -> dict[str, Any]:
        """Its contents as dicts of the services' own objects, without the container's machinery."""
        if isinstance(self.held, BackendDict):
            return {account: dict(dict.items(regions)) for account, regions in list(dict.items(self.held))}
        return {
            "universal": dict(self.held._universal),
            "accounts": {
                account: {
                    "global": dict(regions._global),
                    "regions": {region: _attributes(store) for region, store in list(dict.items(regions))},
                }
                for account, regions in list(dict.items(self.held))
            },
        }

    def inject(self, plain: dict[str, Any]) -> None:
        """Make `plain` the contents."""
        if isinstance(self.held, BackendDict):
            self.held.clear()
            for account, backends in plain.items():
                regions = self.held[account]
                for region, backend in backends.items():
                    dict.__setitem__(regions, region, backend)  # a moto object points at its own backend
            return
        self.held.reset()
        self.held._universal.update(plain["universal"])
        for account, kept in plain["accounts"].items():
            regions = self.held[account]
            regions._global.update(kept["global"])
            for region, attributes in kept["regions"].items():
                regions[region].__dict__.update(attributes)

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Keep out what changes it outside of any request: SQS puts messages back by a thread of its own."""
        with contextlib.ExitStack() as locks:
            if self.name == "store-sqs":
                for _account, _region, store in list(self.held.iter_stores()):
                    for queue in list(store.queues.values()):
                        locks.enter_context(queue.mutex)
            yield


class _Visitor:
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def visit(self, container: Any) -> None:
        self.seen.append(container)


def require(services: tuple[str, ...] | list[str]) -> None:
    """Load the services. Raises ServiceNotKeptError for one that is not in SERVICES."""
    for service in services:
        if service not in SERVICES:
            raise ServiceNotKeptError(service)
        SERVICE_PLUGINS.require(service)


def provider_of(service: str) -> Any:
    """Return the provider of a loaded service."""
    return SERVICE_PLUGINS.get_service(service)._provider


def containers() -> list[Container]:
    """Return the containers of all SERVICES, which have to be loaded; each once."""
    found: dict[str, Container] = {}
    for service in SERVICES:
        visitor = _Visitor()
        SERVICE_PLUGINS.get_service(service).accept_state_visitor(visitor)
        for held in visitor.seen:
            if isinstance(held, BackendDict | AccountRegionBundle):
                name = _name(held)
                found.setdefault(name, Container(name, held))
    return list(found.values())


def everything(kept: list[Container]) -> dict[str, Any]:
    """Every container there is, by name, `kept` included: what an object in one of them may point at."""
    known = {_name(backends): backends for backends in BackendDict._instances}
    return known | {container.name: container.held for container in kept}


def _name(held: Any) -> str:
    return f"{'moto' if isinstance(held, BackendDict) else 'store'}-{held.service_name}"


def _attributes(store: Any) -> dict[str, Any]:
    return {name: value for name, value in list(store.__dict__.items()) if name.startswith("attr_")}
