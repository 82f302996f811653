"""The DB instance of a VPC's group `gold`, and a connection through a tunnel to it."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.integration.ssm.vpc import PORT, Vpc

USER, PASSWORD, DATABASE = "postgres_admin", "first-Passw0rd", "gold_db"


def create(rds: Any, vpc: Vpc) -> None:
    """Its identifier is the VPC's name."""
    rds.create_db_instance(
        DBInstanceIdentifier=vpc.name,
        Engine="postgres",
        EngineVersion="15.8",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername=USER,
        MasterUserPassword=PASSWORD,
        DBName=DATABASE,
        Port=PORT,
        DBSubnetGroupName=vpc.name,
        VpcSecurityGroupIds=[vpc.groups["gold"]],
    )


def connect(port: int) -> psycopg.Connection[Any]:
    """As psql does it: to the plugin's port, with TLS."""
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=USER,
        password=PASSWORD,
        dbname=DATABASE,
        sslmode="require",
        connect_timeout=10,
        autocommit=True,
    )
