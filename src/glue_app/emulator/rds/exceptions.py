"""Amazon RDS's errors by their own codes; each message is written here and nowhere else.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from collections.abc import Iterable

from localstack.aws.api import CommonServiceException


class RdsError(CommonServiceException):  # type: ignore[misc]  # LocalStack carries no types
    """An error of RDS's API; `CODE` is what the client sees."""

    CODE = "InternalFailure"
    STATUS = 400

    def __init__(self, message: str) -> None:
        super().__init__(self.CODE, message, status_code=self.STATUS, sender_fault=True)


class InvalidParameterValue(RdsError):  # noqa: N818  (AWS's names here and below)
    """Raised when one field of a request is wrong."""

    CODE = "InvalidParameterValue"


class InvalidParameterCombination(RdsError):  # noqa: N818
    """Raised when fields of a request contradict each other, or the instance."""

    CODE = "InvalidParameterCombination"


class DBInstanceNotFound(RdsError):  # noqa: N818
    """Raised when no instance has this identifier."""

    CODE, STATUS = "DBInstanceNotFound", 404

    def __init__(self, identifier: str) -> None:
        super().__init__(f"DBInstance {identifier} not found.")


class DBInstanceAlreadyExists(RdsError):  # noqa: N818
    """Raised when an identifier is taken."""

    CODE = "DBInstanceAlreadyExists"

    def __init__(self) -> None:
        super().__init__("DB instance already exists")


class InsufficientDBInstanceCapacity(RdsError):  # noqa: N818
    """Raised when there is no place for another instance."""

    CODE = "InsufficientDBInstanceCapacity"

    def __init__(self) -> None:
        super().__init__("Specified DB instance class is not available in the specified Availability Zone.")


class InvalidDBInstanceState(RdsError):  # noqa: N818
    """Raised when an instance's status does not allow the operation."""

    CODE = "InvalidDBInstanceState"

    @classmethod
    def not_available(cls, identifier: str) -> InvalidDBInstanceState:
        return cls(f"Instance {identifier} is not in available state.")

    @classmethod
    def no_snapshot(cls, identifier: str) -> InvalidDBInstanceState:
        return cls(
            f"Cannot create a snapshot because the database instance {identifier} is not currently in the "
            "available state."
        )


class DBSnapshotNotFound(RdsError):  # noqa: N818
    """Raised when no snapshot has this identifier."""

    CODE, STATUS = "DBSnapshotNotFound", 404

    def __init__(self, identifier: str) -> None:
        super().__init__(f"DBSnapshot not found: {identifier}")


class DBSnapshotAlreadyExists(RdsError):  # noqa: N818
    """Raised when a snapshot's identifier is taken."""

    CODE = "DBSnapshotAlreadyExists"

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"Cannot create the snapshot because a snapshot with the identifier {identifier} already exists."
        )


class InvalidDBSnapshotState(RdsError):  # noqa: N818
    """Raised when a snapshot's status or type does not allow the operation."""

    CODE = "InvalidDBSnapshotState"

    @classmethod
    def not_available(cls, identifier: str) -> InvalidDBSnapshotState:
        return cls(f"Snapshot {identifier} is not in available state.")


class InvalidRestoreFault(RdsError):  # noqa: N818
    """Raised when there is no way back to the moment that was asked for."""

    CODE = "InvalidRestoreFault"


class PointInTimeRestoreNotEnabled(RdsError):  # noqa: N818
    """Raised when the source has no automated backups."""

    CODE = "PointInTimeRestoreNotEnabled"

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"SourceDBInstanceIdentifier refers to a DB instance with BackupRetentionPeriod equal to 0: "
            f"{identifier}"
        )


class DBInstanceAutomatedBackupNotFound(RdsError):  # noqa: N818
    """Raised when no automated backup has this id."""

    CODE, STATUS = "DBInstanceAutomatedBackupNotFound", 404

    def __init__(self, what: str) -> None:
        super().__init__(f"DBInstanceAutomatedBackup {what} not found.")


class DBParameterGroupNotFound(RdsError):  # noqa: N818
    """Raised when no parameter group has this name."""

    CODE, STATUS = "DBParameterGroupNotFound", 404

    def __init__(self, name: str) -> None:
        super().__init__(f"DBParameterGroup not found: {name}")


class DBParameterGroupAlreadyExists(RdsError):  # noqa: N818
    """Raised when a parameter group's name is taken."""

    CODE = "DBParameterGroupAlreadyExists"

    def __init__(self, name: str) -> None:
        super().__init__(f"Parameter group {name} already exists")


class InvalidDBParameterGroupState(RdsError):  # noqa: N818
    """Raised when a parameter group is in use, or AWS's own."""

    CODE = "InvalidDBParameterGroupState"

    @classmethod
    def in_use(cls, name: str) -> InvalidDBParameterGroupState:
        return cls(
            "One or more database instances are still members of this parameter group "
            f"{name}, so the group cannot be deleted"
        )


class DBSubnetGroupNotFoundFault(RdsError):  # noqa: N818
    """Raised when no subnet group has this name."""

    CODE, STATUS = "DBSubnetGroupNotFoundFault", 404

    def __init__(self, name: str) -> None:
        super().__init__(f"DB subnet group '{name}' does not exist.")


class DBSubnetGroupAlreadyExists(RdsError):  # noqa: N818
    """Raised when a subnet group's name is taken."""

    CODE = "DBSubnetGroupAlreadyExists"

    def __init__(self, name: str) -> None:
        super().__init__(f"The DB subnet group '{name}' already exists.")


class DBSubnetGroupDoesNotCoverEnoughAZs(RdsError):  # noqa: N818
    """Raised when a subnet group's subnets lie in one Availability Zone."""

    CODE = "DBSubnetGroupDoesNotCoverEnoughAZs"

    def __init__(self, zones: Iterable[str]) -> None:
        super().__init__(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "
            f"Current AZ coverage: {', '.join(zones)}. Add subnets to cover at least 2 AZs."
        )


class InvalidDBSubnetGroupStateFault(RdsError):  # noqa: N818
    """Raised when a subnet group is in use."""

    CODE = "InvalidDBSubnetGroupStateFault"

    def __init__(self, name: str, instance: str) -> None:
        super().__init__(
            f"Cannot delete the subnet group '{name}' because at least one database instance: "
            f"{instance} is still using it."
        )


class InvalidSubnet(RdsError):  # noqa: N818
    """Raised when a subnet does not exist, or lies in another VPC than the rest."""

    CODE = "InvalidSubnet"


class KMSKeyNotAccessibleFault(RdsError):  # noqa: N818
    """Raised when a KMS key does not exist or is not enabled."""

    CODE = "KMSKeyNotAccessibleFault"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The specified KMS key [{key}] does not exist, is not enabled or you do not have "
            "permissions to access it."
        )
