"""A database instance for tests, as CreateDBInstance makes one."""

from __future__ import annotations

from glue_app.emulator.rds.models import DBInstance, DBSubnetGroup, Endpoint, Subnet
from glue_app.emulator.rds.resources import instance_settings


def instance() -> DBInstance:
    """`gold`, with one availability zone and no backups; each call gives a new one."""
    subnets = (Subnet("subnet-1", "us-east-1a", "vpc-1"), Subnet("subnet-2", "us-east-1b", "vpc-1"))
    return DBInstance(
        identifier="gold",
        resource_id="db-ABC",
        arn="arn:aws:rds:us-east-1:000000000000:db:gold",
        engine_version="15.8",
        instance_class="db.t4g.medium",
        allocated_storage=20,
        master_username="postgres_admin",
        db_name="gold_db",
        endpoint=Endpoint("127.20.0.1", 5432),
        availability_zone="us-east-1a",
        subnet_group=DBSubnetGroup("gold", "text", "arn", subnets),
        security_group_ids=["sg-1"],
        parameter_group="default.postgres15",
        settings=instance_settings.DEFAULTS | {"BackupRetentionPeriod": 0},
    )
