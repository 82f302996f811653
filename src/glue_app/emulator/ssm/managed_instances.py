"""Which EC2 instances are managed: those whose agent may speak to Systems Manager, and has a way to it.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-prerequisites.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from glue_app.aws.policies import allows, trusts
from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.ssm.channel.handshake import AGENT_VERSION
from glue_app.emulator.ssm.exceptions import InvalidFilterKey, InvalidInstanceInformationFilterValue
from glue_app.emulator.ssm.models import ManagedInstance, SsmStores
from glue_app.emulator.ssm.network import Place, Vpc

LOG = logging.getLogger(__name__)

#: what the agent calls; AmazonSSMManagedInstanceCore allows them all
AGENT_ACTIONS = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenDataChannel",
)
#: endpoints without which there is no session; ec2messages is not needed by today's agents
AGENT_ENDPOINTS = ("ssm", "ssmmessages")
_EC2 = "ec2.amazonaws.com"

Information = dict[str, Any]


class ManagedInstances:
    """Asks EC2 and IAM anew each time, and remembers which agents have registered."""

    def __init__(self, stores: SsmStores) -> None:
        self._stores = stores

    def connected(self, scope: Scope, instance_id: str) -> bool:
        """Whether the agent of an instance answers."""
        return any(self._online(scope, instance) for instance in _instances(scope, [instance_id]))

    def information(self, scope: Scope) -> list[Information]:
        """InstanceInformation of all agents that have ever registered, while their instance is there."""
        found = []
        for instance in _instances(scope):
            online = self._online(scope, instance)
            with self._stores.lock:
                managed = self._stores.of(scope).instances.get(instance["InstanceId"])
            if managed:
                found.append(_information(instance, managed, online))
        return found

    def _online(self, scope: Scope, instance: Mapping[str, Any]) -> bool:
        obstacle = _obstacle(scope, instance)
        if obstacle:
            LOG.info("instance %s is not managed: %s", instance["InstanceId"], obstacle)
            return False
        with self._stores.lock:
            instances = self._stores.of(scope).instances
            managed = instances.setdefault(instance["InstanceId"], ManagedInstance(instance["InstanceId"]))
            managed.last_ping = now()
        return True


def _instances(scope: Scope, instance_ids: Sequence[str] | None = None) -> list[Mapping[str, Any]]:
    """As EC2 describes them; those that do not exist, or no longer, are left out."""
    wanted = {"InstanceIds": list(instance_ids)} if instance_ids is not None else {}
    try:
        pages = _clients(scope).ec2.get_paginator("describe_instances").paginate(**wanted)
        found = [
            one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]
        ]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if (
            not code.startswith("InvalidInstanceID") and code != "InvalidParameterValue"
        ):  # what is no id at all
            raise
        return []
    return [instance for instance in found if instance["State"]["Name"] != "terminated"]


def _obstacle(scope: Scope, instance: Mapping[str, Any]) -> str | None:
    """Return what keeps the agent of an instance from Systems Manager, None where nothing does."""
    if instance["State"]["Name"] != "running":
        return f"it is {instance['State']['Name']}"
    if "IamInstanceProfile" not in instance:
        return "it has no instance profile"
    profile = instance["IamInstanceProfile"]["Arn"].rpartition("/")[2]
    if obstacle := _obstacle_of_role(_clients(scope).iam, profile):
        return obstacle
    vpc, place = Vpc(_clients(scope).ec2), Place.of_instance(instance)
    for service in AGENT_ENDPOINTS:
        if not vpc.reaches_service(place, service):
            return f"it has no way to {service}: neither an interface endpoint nor the internet"
    return None


def _obstacle_of_role(iam: Any, profile_name: str) -> str | None:
    try:
        roles = iam.get_instance_profile(InstanceProfileName=profile_name)["InstanceProfile"]["Roles"]
    except ClientError:
        return f"its instance profile {profile_name} does not exist"
    if not roles:
        return f"its instance profile {profile_name} has no role"
    role = roles[0]
    if not trusts(role["AssumeRolePolicyDocument"], _EC2):
        return f"its role {role['RoleName']} does not trust {_EC2}"
    policies = _policies(iam, role["RoleName"])
    missing = next((action for action in AGENT_ACTIONS if not allows(policies, action)), None)
    return f"its role {role['RoleName']} does not allow {missing}" if missing else None


def _policies(iam: Any, role_name: str) -> list[Mapping[str, Any]]:
    """All identity policies of a role, attached and inline."""
    found = []
    for attached in iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        answer = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
        found.append(answer["PolicyVersion"]["Document"])
    for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
        found.append(iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"])
    return found


def _information(instance: Mapping[str, Any], managed: ManagedInstance, online: bool) -> Information:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstanceInformation.html"""
    return {
        "InstanceId": managed.instance_id,
        "PingStatus": "Online" if online else "ConnectionLost",
        "LastPingDateTime": managed.last_ping,
        "AgentVersion": AGENT_VERSION,
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "RegistrationDate": managed.registration_date,
        "ResourceType": "EC2Instance",
        "IPAddress": instance.get("PrivateIpAddress"),
        "ComputerName": instance.get("PrivateDnsName"),
        "SourceId": managed.instance_id,
        "SourceType": "AWS::EC2::Instance",
    }


#: filter → the values of an instance that it looks at
_FILTERS: dict[str, Callable[[Information], str]] = {
    "AgentVersion": lambda one: one["AgentVersion"],
    "InstanceIds": lambda one: one["InstanceId"],
    "PingStatus": lambda one: one["PingStatus"],
    "PlatformTypes": lambda one: one["PlatformType"],
    "PlatformType": lambda one: one["PlatformType"],
    "ResourceType": lambda one: one["ResourceType"],
    "SourceIds": lambda one: one["SourceId"],
    "SourceTypes": lambda one: one["SourceType"],
}


def filtered(found: list[Information], request: Mapping[str, Any]) -> list[Information]:
    """Those that match every filter, given in either of the operation's two ways.

    Raises InvalidFilterKey, InvalidInstanceInformationFilterValue for a filter without values.
    """
    wanted = [(one["Key"], one["Values"]) for one in request.get("Filters") or ()]
    wanted += [(one["key"], one["valueSet"]) for one in request.get("InstanceInformationFilterList") or ()]
    for key, values in wanted:
        if key not in _FILTERS:
            raise InvalidFilterKey(key)
        if not values:
            raise InvalidInstanceInformationFilterValue(f"The filter {key} has no values.")
        found = [one for one in found if _FILTERS[key](one) in values]
    return found


def _clients(scope: Scope) -> Any:
    return connect_to(aws_access_key_id=scope.account_id, region_name=scope.region)
