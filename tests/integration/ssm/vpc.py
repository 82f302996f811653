"""What infra/ makes with diag_enabled, made by boto3: a VPC with an instance that Session Manager manages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.integration.local_stack import REGION

PORT = 5432
CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
TRUST_EC2 = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}


@dataclass
class Vpc:
    """A VPC of two subnets with three groups: the instance's, the endpoints', the database's."""

    client: Callable[[str], Any]
    name: str = field(default_factory=lambda: f"ssm-{uuid.uuid4().hex[:8]}")
    vpc_id: str = ""
    subnet_ids: list[str] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    instance_id: str = ""

    @property
    def ec2(self) -> Any:
        return self.client("ec2")

    def make(self) -> None:
        """All of it: the instance is connected at the end."""
        self.vpc_id = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.ec2.modify_vpc_attribute(VpcId=self.vpc_id, **{attribute: {"Value": True}})
        for number, zone in enumerate("ab"):
            subnet = self.ec2.create_subnet(
                VpcId=self.vpc_id, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )
            self.subnet_ids.append(subnet["Subnet"]["SubnetId"])
        for role in ("diag", "endpoints", "gold"):
            self.groups[role] = self._group(role)
        self.allow("diag", "endpoints", 443)
        self.allow("diag", "gold", PORT)
        for service in ("ssm", "ssmmessages"):
            self._endpoint(service)
        self.client("rds").create_db_subnet_group(
            DBSubnetGroupName=self.name, DBSubnetGroupDescription="test", SubnetIds=self.subnet_ids
        )
        self.instance_id = self.run_instance(self.instance_profile(CORE))

    def allow(self, source: str, destination: str, port: int) -> None:
        """Rules on both sides, by group."""
        for change, rule in self._rules(source, destination, port):
            getattr(self.ec2, f"authorize_security_group_{change}")(**rule)

    def allow_in(self, source: str, destination: str, port: int) -> None:
        """The destination's rule only."""
        _egress, (_ingress, rule) = self._rules(source, destination, port)
        self.ec2.authorize_security_group_ingress(**rule)

    def forbid(self, source: str, destination: str, port: int) -> None:
        """The destination's rule goes."""
        _egress, (_ingress, rule) = self._rules(source, destination, port)
        self.ec2.revoke_security_group_ingress(**rule)

    def instance_profile(self, *policies: str) -> str:
        """The name of a new profile, and of its role."""
        name, iam = f"{self.name}-{uuid.uuid4().hex[:6]}", self.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST_EC2))
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return name

    def run_instance(self, profile: str | None, group: str = "diag") -> str:
        """The id of a running instance."""
        found = self.ec2.run_instances(
            ImageId=self.client("ssm").get_parameter(
                Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
            )["Parameter"]["Value"],
            InstanceType="t4g.nano",
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnet_ids[0],
            SecurityGroupIds=[self.groups[group]],
            **({"IamInstanceProfile": {"Name": profile}} if profile else {}),
        )
        return str(found["Instances"][0]["InstanceId"])

    def _group(self, role: str) -> str:
        """Without the rule that lets everything out."""
        group_id = self.ec2.create_security_group(
            GroupName=f"{self.name}-{role}", Description="test", VpcId=self.vpc_id
        )["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        self.ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=everything)
        return str(group_id)

    def _endpoint(self, service: str) -> None:
        self.ec2.create_vpc_endpoint(
            VpcId=self.vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            SubnetIds=self.subnet_ids,
            SecurityGroupIds=[self.groups["endpoints"]],
        )

    def _rules(self, source: str, destination: str, port: int) -> list[tuple[str, dict[str, Any]]]:
        def permission(other: str) -> list[dict[str, Any]]:
            pairs = [{"GroupId": self.groups[other]}]
            return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": pairs}]

        return [
            ("egress", {"GroupId": self.groups[source], "IpPermissions": permission(destination)}),
            ("ingress", {"GroupId": self.groups[destination], "IpPermissions": permission(source)}),
        ]
