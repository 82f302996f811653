"""What RDS asks of other services: subnets and security groups of EC2, keys of KMS."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from glue_app.emulator.service.scope import Scope

from ..exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    InvalidSubnet,
    KMSKeyNotAccessibleFault,
)
from ..models import Subnet


def subnets(scope: Scope, subnet_ids: Collection[str]) -> tuple[Subnet, ...]:
    """Find subnets by id. Raises InvalidSubnet for ids that do not exist, or that lie in several VPCs."""
    try:
        found = _ec2(scope).describe_subnets(SubnetIds=sorted(set(subnet_ids)))["Subnets"]
    except ClientError as error:
        raise InvalidSubnet(f"Some input subnets in :[{', '.join(subnet_ids)}] are invalid.") from error
    result = tuple(Subnet(one["SubnetId"], one["AvailabilityZone"], one["VpcId"]) for one in found)
    if len({subnet.vpc_id for subnet in result}) != 1:
        raise InvalidSubnet(f"The subnets {', '.join(subnet_ids)} are not all in one VPC.")
    return result


def default_subnets(scope: Scope) -> tuple[Subnet, ...]:
    """List the subnets of the default VPC. Raises InvalidSubnet where there is none."""
    ec2 = _ec2(scope)
    found = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    if not found:
        raise InvalidSubnet("No default subnet detected in VPC. Please contact AWS Support to recreate.")
    return tuple(Subnet(one["SubnetId"], one["AvailabilityZone"], one["VpcId"]) for one in found)


def security_groups(scope: Scope, group_ids: list[str], vpc_id: str) -> list[str]:
    """Return the groups of an instance in this VPC: those given, else the VPC's default.

    Raises InvalidParameterValue for a group that does not exist, InvalidParameterCombination for one in
    another VPC.
    """
    ec2 = _ec2(scope)
    if not group_ids:
        filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
        return [one["GroupId"] for one in ec2.describe_security_groups(Filters=filters)["SecurityGroups"]]
    for group_id in group_ids:
        try:
            group = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
        except ClientError as error:
            raise InvalidParameterValue(
                f"Invalid security group , groupId= {group_id}, groupName=."
            ) from error
        if group["VpcId"] != vpc_id:
            raise InvalidParameterCombination(
                "The DB instance and EC2 security group are in different VPCs. The DB instance is in "
                f"{vpc_id} and the EC2 security group is in {group['VpcId']}"
            )
    return list(group_ids)


def kms_key_arn(scope: Scope, key: str) -> str:
    """Return the ARN of a key given by id, ARN or alias. Raises KMSKeyNotAccessibleFault."""
    kms = connect_to(aws_access_key_id=scope.account_id, region_name=scope.region).kms
    try:
        metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        raise KMSKeyNotAccessibleFault(key) from error
    if not metadata["Enabled"]:
        raise KMSKeyNotAccessibleFault(key)
    arn: str = metadata["Arn"]
    return arn


def _ec2(scope: Scope) -> Any:
    return connect_to(aws_access_key_id=scope.account_id, region_name=scope.region).ec2
