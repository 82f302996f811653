"""Connections on behalf of an instance: only to what the stack runs, and only as security groups allow.

On AWS a connection that no security group allows hangs for the instance's TCP timeout, about two minutes;
here it is refused at once, with the reason in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from glue_app.emulator.service import registration
from glue_app.emulator.ssm.channel.errors import NotConnectedError
from glue_app.emulator.ssm.models import Session
from glue_app.emulator.ssm.network import Place, Vpc

CONNECT_TIMEOUT_S = 10.0
_OF_THE_INSTANCE = ("", "localhost", "127.0.0.1", "::1")


async def connect(session: Session) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the session's destination. Raises NotConnectedError, or another OSError."""
    address = await asyncio.to_thread(find, session)
    try:
        return await asyncio.wait_for(asyncio.open_connection(*address), CONNECT_TIMEOUT_S)
    except TimeoutError as error:
        raise NotConnectedError(
            f"no answer of {address[0]}:{address[1]} for {CONNECT_TIMEOUT_S:g} s"
        ) from error


def find(session: Session) -> tuple[str, int]:
    """Where this process reaches the session's destination. Raises NotConnectedError."""
    host, port = session.properties.get("host", ""), int(session.properties["portNumber"])
    if host in _OF_THE_INSTANCE:
        raise NotConnectedError(f"nothing listens on port {port} of {session.target}: it is emulated")
    listener = registration.listener(*session.scope, host, port)
    if listener is None:
        raise NotConnectedError(f"{host}:{port} is no endpoint of this stack")
    vpc = Vpc(
        ec2 := connect_to(aws_access_key_id=session.scope.account_id, region_name=session.scope.region).ec2
    )
    source = Place.of_instance(_running(ec2, session.target))
    destination = vpc.place_of(listener.vpc_id, listener.subnet_id, listener.security_group_ids)
    if refusal := vpc.refusal(source, destination, port):
        raise NotConnectedError(f"{host}:{port} is not reached from {session.target}: {refusal}")
    return listener.address


def _running(ec2: Any, instance_id: str) -> Mapping[str, Any]:
    """As EC2 describes it. Raises NotConnectedError."""
    try:
        found = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    except (ClientError, IndexError) as error:
        raise NotConnectedError(f"{instance_id} is gone") from error
    if found["State"]["Name"] != "running":
        raise NotConnectedError(f"{instance_id} is {found['State']['Name']}")
    instance: Mapping[str, Any] = found
    return instance
