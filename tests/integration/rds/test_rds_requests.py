"""Requests RDS refuses, with its codes; nothing is made."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.rds.db_instance import Instance

GOOD = {
    "DBInstanceIdentifier": "never-made",
    "Engine": "postgres",
    "DBInstanceClass": "db.t4g.medium",
    "AllocatedStorage": 20,
    "MasterUsername": "postgres_admin",
    "MasterUserPassword": "first-Passw0rd",
}
NOT_FOUND = "DBInstanceNotFound"


@pytest.fixture
def ec2(client: Callable[[str], Any]) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Iterator[str]:
    made = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    yield made
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [made]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])


def code_of(rds: Any, operation: str, **request: Any) -> str:
    with pytest.raises(rds.exceptions.ClientError) as caught:
        getattr(rds, operation)(**request)
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MasterUserPassword": "with space"}, "InvalidParameterValue"),
        ({"MasterUsername": "admin"}, "InvalidParameterValue"),
        ({"Engine": "mysql"}, "InvalidParameterValue"),
        ({"EngineVersion": "15.99"}, "InvalidParameterCombination"),
        ({"DBInstanceClass": "db.t2.micro"}, "InvalidParameterCombination"),
        ({"ManageMasterUserPassword": True}, "InvalidParameterCombination"),
        ({"MultiAZ": True, "AvailabilityZone": "us-east-1a"}, "InvalidParameterCombination"),
        ({"DBParameterGroupName": "nowhere"}, "DBParameterGroupNotFound"),
        (
            {"DBParameterGroupName": "default.postgres14", "EngineVersion": "15.8"},
            "InvalidParameterCombination",
        ),
        ({"DBSubnetGroupName": "nowhere"}, "DBSubnetGroupNotFoundFault"),
        ({"VpcSecurityGroupIds": ["sg-00000000000000000"]}, "InvalidParameterValue"),
        (
            {"KmsKeyId": "00000000-0000-0000-0000-000000000000", "StorageEncrypted": True},
            "KMSKeyNotAccessibleFault",
        ),
        ({"DBClusterIdentifier": "aurora"}, "NotEmulatedByGlueApp"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else value,
)
def test_creation_is_refused(rds: Any, change: dict[str, Any], code: str) -> None:
    """With AWS's code, before anything is made."""
    assert code_of(rds, "create_db_instance", **{**GOOD, **change}) == code

    assert code_of(rds, "describe_db_instances", DBInstanceIdentifier="never-made") == NOT_FOUND


def test_a_security_group_of_another_vpc(rds: Any, ec2: Any, vpc: str) -> None:
    group = ec2.create_security_group(GroupName=uuid.uuid4().hex, Description="d", VpcId=vpc)["GroupId"]

    code = code_of(rds, "create_db_instance", **{**GOOD, "VpcSecurityGroupIds": [group]})

    assert code == "InvalidParameterCombination"


def test_a_subnet_group_must_cover_two_zones(rds: Any, ec2: Any, vpc: str) -> None:
    """As on AWS it is refused when the group is made."""
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")[
            "Subnet"
        ]
        for n, zone in enumerate("aab")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    name = f"group-{uuid.uuid4().hex[:8]}"
    request = {"DBSubnetGroupName": name, "DBSubnetGroupDescription": "d"}

    assert code_of(rds, "create_db_subnet_group", SubnetIds=ids[:2], **request) == (
        "DBSubnetGroupDoesNotCoverEnoughAZs"
    )
    assert code_of(rds, "create_db_subnet_group", SubnetIds=["subnet-0"], **request) == "InvalidSubnet"
    made = rds.create_db_subnet_group(SubnetIds=ids[1:], **request)["DBSubnetGroup"]
    assert made["VpcId"] == vpc
    rds.delete_db_subnet_group(DBSubnetGroupName=name)


def test_an_instance_that_is_there(create_instance: Callable[..., Instance], rds: Any) -> None:
    """Its name is taken, its protection holds, its deletion has rules, its storage never shrinks."""
    instance = create_instance(DeletionProtection=True)
    name = {"DBInstanceIdentifier": instance.identifier}

    assert code_of(rds, "create_db_instance", **{**GOOD, **name}) == "DBInstanceAlreadyExists"
    assert code_of(rds, "delete_db_instance", SkipFinalSnapshot=True, **name) == "InvalidParameterCombination"
    assert code_of(rds, "modify_db_instance", AllocatedStorage=20, EngineVersion="15.3", **name) == (
        "InvalidParameterCombination"
    )
    assert code_of(rds, "modify_db_instance", EngineVersion="16.3", **name) == "InvalidParameterCombination"
    assert code_of(rds, "modify_db_instance", RotateMasterUserPassword=True, **name) == (
        "InvalidParameterCombination"
    )
    assert code_of(rds, "start_db_instance", **name) == "InvalidDBInstanceState"
    assert code_of(rds, "reboot_db_instance", ForceFailover=True, **name) == "InvalidParameterCombination"

    rds.modify_db_instance(AllocatedStorage=30, **name)
    assert instance.described["PendingModifiedValues"] == {"AllocatedStorage": 30}
    assert instance.modify(DeletionProtection=False)["AllocatedStorage"] == 30
    assert instance.described["PendingModifiedValues"] == {}
    assert code_of(rds, "modify_db_instance", AllocatedStorage=20, **name) == "InvalidParameterCombination"
    assert code_of(rds, "delete_db_instance", **name) == "InvalidParameterCombination"


def test_tags_of_all_kinds(
    create_instance: Callable[..., Instance], parameter_group: Callable[..., str], rds: Any
) -> None:
    instance = create_instance(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    group = rds.describe_db_parameter_groups(DBParameterGroupName=parameter_group())["DBParameterGroups"][0]

    for arn in (instance.described["DBInstanceArn"], group["DBParameterGroupArn"]):
        rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "c", "Value": "3"}])
        rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
        tags = {tag["Key"]: tag["Value"] for tag in rds.list_tags_for_resource(ResourceName=arn)["TagList"]}
        assert tags["c"] == "3"
        assert "a" not in tags
    missing = "arn:aws:rds:us-east-1:000000000000:db:nowhere"
    assert code_of(rds, "list_tags_for_resource", ResourceName=missing) == NOT_FOUND


def test_terraform_finds_an_instance_by_its_resource_id(
    create_instance: Callable[..., Instance], rds: Any
) -> None:
    instance = create_instance()
    wanted = instance.described["DbiResourceId"]

    found = rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [wanted]}])
    none = rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": ["db-NONE"]}])

    assert [one["DBInstanceIdentifier"] for one in found["DBInstances"]] == [instance.identifier]
    assert none["DBInstances"] == []


def test_engine_versions_and_certificate(rds: Any) -> None:
    default = rds.describe_db_engine_versions(Engine="postgres", EngineVersion="15", DefaultOnly=True)
    certificate = rds.describe_certificates()["Certificates"][0]

    assert [one["DBParameterGroupFamily"] for one in default["DBEngineVersions"]] == ["postgres15"]
    assert certificate["CertificateIdentifier"] == "rds-ca-rsa2048-g1"
