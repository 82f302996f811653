"""The state of the RDS room: plain dataclasses, one store an account and region, all of it picklable.

No password is kept here: PostgreSQL has the verifier, Secrets Manager the managed secret.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from glue_app.emulator.service.clock import now
from glue_app.emulator.service.stores import Stores

Tags = dict[str, str]


@dataclass(frozen=True)
class ParameterSetting:
    """A parameter's value in a group. apply_method: `immediate` or `pending-reboot`."""

    value: str
    apply_method: str


@dataclass
class DBParameterGroup:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBParameterGroup.html"""

    name: str
    family: str
    description: str
    arn: str
    parameters: dict[str, ParameterSetting] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        return {name: setting.value for name, setting in self.parameters.items()}


class Subnet(NamedTuple):
    """A subnet of a group."""

    subnet_id: str
    availability_zone: str
    vpc_id: str


@dataclass
class DBSubnetGroup:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSubnetGroup.html"""

    name: str
    description: str
    arn: str
    subnets: tuple[Subnet, ...]
    tags: Tags = field(default_factory=dict)

    @property
    def vpc_id(self) -> str:
        return self.subnets[0].vpc_id

    @property
    def zones(self) -> list[str]:
        return sorted({subnet.availability_zone for subnet in self.subnets})


@dataclass
class MasterUserSecret:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_MasterUserSecret.html

    status: creating, active or rotating.
    """

    arn: str
    kms_key_id: str
    status: str = "creating"


class Endpoint(NamedTuple):
    """Where an instance's server listens."""

    address: str
    port: int


@dataclass
class DBInstance:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html

    settings: fields that are kept and answered as AWS names them, and nothing else depends on.
    applied_parameters: what the server runs with; it differs from the group's values until a reboot.
    interrupted: the stack ended while the instance was being created; it is `failed` for good.
    latest_restorable: up to when its automated backups lead; None while there are none.
    """

    identifier: str
    resource_id: str
    arn: str
    engine_version: str
    instance_class: str
    allocated_storage: int
    master_username: str
    db_name: str | None
    endpoint: Endpoint
    availability_zone: str
    subnet_group: DBSubnetGroup
    security_group_ids: list[str]
    parameter_group: str
    multi_az: bool = False
    secondary_availability_zone: str | None = None
    deletion_protection: bool = False
    storage_type: str = "gp2"
    kms_key_id: str | None = None
    secret: MasterUserSecret | None = None
    status: str = "creating"
    created_at: datetime.datetime = field(default_factory=now)
    applied_parameters: dict[str, str] = field(default_factory=dict)
    pending: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    interrupted: bool = False
    latest_restorable: datetime.datetime | None = None

    @property
    def major_version(self) -> str:
        return self.engine_version.split(".", 1)[0]

    @property
    def automated_backup_id(self) -> str:
        """What the ARN of its automated backups ends with."""
        return "ab-" + self.resource_id.removeprefix("db-").lower()


@dataclass
class DBSnapshot:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html

    files: the name of the folder with its files (`snapshot_files`). instance: the DB instance of that moment.
    created_at: None until it is made; of a copy, when it was copied.
    """

    identifier: str
    arn: str
    files: str
    instance: DBInstance
    snapshot_type: str = "manual"
    status: str = "creating"
    created_at: datetime.datetime | None = None
    original_created_at: datetime.datetime | None = None
    source_arn: str | None = None
    kms_key_id: str | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Event.html

    source_identifier: the name that the source had at that time.
    """

    source_type: str
    source_identifier: str
    source_arn: str
    event_id: str
    categories: tuple[str, ...]
    message: str
    date: datetime.datetime = field(default_factory=now)


@dataclass
class RdsStore:
    """What one account has in one region; keys are lower case, as RDS keeps names."""

    instances: dict[str, DBInstance] = field(default_factory=dict)
    parameter_groups: dict[str, DBParameterGroup] = field(default_factory=dict)
    subnet_groups: dict[str, DBSubnetGroup] = field(default_factory=dict)
    snapshots: dict[str, DBSnapshot] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


class RdsStores(Stores[RdsStore]):
    """The stores of all accounts and regions."""

    def __init__(self) -> None:
        super().__init__(RdsStore)

    def all_instances(self) -> list[DBInstance]:
        """List the instances of every account."""
        with self.lock:
            return [instance for _, store in self.items() for instance in store.instances.values()]

    def all_snapshots(self) -> list[DBSnapshot]:
        """List the snapshots of every account."""
        with self.lock:
            return [snapshot for _, store in self.items() for snapshot in store.snapshots.values()]
