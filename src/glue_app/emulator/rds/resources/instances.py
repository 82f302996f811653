"""DB instances: made, found, started, stopped, rebooted and deleted.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

from collections.abc import Callable

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings

from ..engine import versions
from ..events import event_messages
from ..exceptions import (
    DBInstanceAlreadyExists,
    DBInstanceNotFound,
    InvalidDBInstanceState,
    InvalidParameterCombination,
)
from ..fleet import recovery
from ..fleet.background_work import NothingDoneError
from ..fleet.servers import Servers
from ..models import DBInstance, RdsStore, RdsStores, Tags
from ..postgres.server import PostgresServer
from . import ec2_and_kms, instance_settings, master_secret, new_instance, parameter_groups, validation
from .filters import filtered
from .instance_settings import Request
from .new_instance import NewInstances

TakeSnapshot = Callable[[PostgresServer], object]


class DBInstances:
    """The operations on instances that change what servers there are."""

    def __init__(
        self,
        config: Settings,
        stores: RdsStores,
        servers: Servers,
        discard_backups: Callable[[DBInstance], None],
    ) -> None:
        self._config = config
        self._stores = stores
        self._servers = servers
        self._discard_backups = discard_backups
        self.new = NewInstances(config, stores, servers)

    def create(self, scope: Scope, request: Request, tags: Tags) -> DBInstance:
        """Have an instance made. Raises the AWS errors of a wrong request before anything is made."""
        store = self._stores.of(scope)
        identifier = validation.identifier(request["DBInstanceIdentifier"])
        if identifier in store.instances:
            raise DBInstanceAlreadyExists
        instance_settings.refuse_not_emulated("CreateDBInstance", request)
        password = new_instance.given_password(request)
        instance = self.new.described_by(scope, store, identifier, request, tags)
        if password is None:
            key = request.get("MasterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
            password = master_secret.create(scope, instance, ec2_and_kms.kms_key_arn(scope, key))
        new_instance.keep(store, scope, instance)

        def make(server: PostgresServer) -> None:
            self._servers.create(server, instance, password)
            self._servers.events.record(instance, event_messages.CREATED)
            if instance.multi_az:
                self._servers.standbys.make(server, instance)

        self._servers.submit_with_status(instance, "creating", make, "available")
        return instance

    def reboot(self, scope: Scope, identifier: str, force_failover: bool) -> DBInstance:
        """Restart primary and standby with their parameter group's values of now, or fail over."""
        store = self._stores.of(scope)
        instance = available(store, identifier)
        if force_failover and not instance.multi_az:
            raise InvalidParameterCombination(
                "Cannot specify ForceFailover when the instance is not Multi-AZ."
            )
        group = parameter_groups.get(store, scope, instance.parameter_group)

        def restart(server: PostgresServer) -> None:
            instance.applied_parameters = dict(group.values)
            self._servers.events.record(instance, event_messages.SHUTDOWN)
            self._servers.restart(server, instance)
            self._servers.events.record(instance, event_messages.RESTARTED)

        def fail_over(server: PostgresServer) -> None:
            if not server.home.standby.in_sync:
                self._servers.standbys.make(server, instance)
            instance.applied_parameters = dict(group.values)
            recovery.fail_over(self._servers, server, instance)

        self._servers.submit_with_status(
            instance, "rebooting", fail_over if force_failover else restart, "available"
        )
        return instance

    def stop(self, instance: DBInstance, snapshot: TakeSnapshot | None = None) -> DBInstance:
        """snapshot: makes one of the server before it stops. The instance is available."""

        def end(server: PostgresServer) -> None:
            if snapshot:
                snapshot(server)
            self._servers.stop(server, instance)
            self._servers.events.record(instance, event_messages.SHUTDOWN)
            self._servers.events.record(instance, event_messages.STOPPED)

        self._servers.submit_with_status(instance, "stopping", end, "stopped")
        return instance

    def start(self, scope: Scope, identifier: str) -> DBInstance:
        instance = get(self._stores.of(scope), identifier)
        if instance.status != "stopped":
            raise InvalidDBInstanceState(
                f"Instance {identifier} is not stopped, therefore cannot be started."
            )

        def begin(server: PostgresServer) -> None:
            self._servers.start(server, instance)
            self._servers.events.record(instance, event_messages.STARTED)

        self._servers.submit_with_status(instance, "starting", begin, "available")
        return instance

    def require_deletable(self, scope: Scope, request: Request) -> DBInstance:
        """Find an instance that may be deleted.

        Raises the AWS errors of protection and of the final snapshot's rules.
        """
        instance = get(self._stores.of(scope), request["DBInstanceIdentifier"])
        skip, snapshot = request.get("SkipFinalSnapshot"), request.get("FinalDBSnapshotIdentifier")
        if instance.status == "deleting":
            raise InvalidDBInstanceState(f"Instance {instance.identifier} is already being deleted.")
        if instance.deletion_protection:
            raise InvalidParameterCombination(
                "Cannot delete protected DB Instance, please disable deletion protection and try again."
            )
        if skip and snapshot:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true."
            )
        if not skip and not snapshot:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )
        return instance

    def delete(self, scope: Scope, instance: DBInstance, snapshot: TakeSnapshot | None = None) -> DBInstance:
        """snapshot: makes the final one, without which the instance stays."""
        store = self._stores.of(scope)

        def destroy(server: PostgresServer) -> None:
            if snapshot:
                try:
                    snapshot(server)
                except Exception as error:
                    raise NothingDoneError(f"the final snapshot could not be made: {error}") from error
            if self._config.keep_state:  # a save may bring the instance back: the saver removes the files
                self._servers.stop(server, instance)
            else:
                self._servers.destroy(server)
            self._servers.events.record(instance, event_messages.DELETED)
            self._discard_backups(instance)
            with self._stores.lock:
                master_secret.delete(scope, instance)
                store.instances.pop(instance.identifier, None)

        self._servers.submit_with_status(instance, "deleting", destroy, "deleted")
        return instance


def get(store: RdsStore, identifier: str) -> DBInstance:
    """Find an instance by identifier or ARN. Raises DBInstanceNotFound."""
    try:
        return store.instances[identifier.rsplit(":", 1)[-1].lower()]
    except KeyError:
        raise DBInstanceNotFound(identifier) from None


def available(store: RdsStore, identifier: str) -> DBInstance:
    """Find an instance that is available. Raises DBInstanceNotFound, InvalidDBInstanceState."""
    instance = get(store, identifier)
    if instance.status != "available":
        raise InvalidDBInstanceState.not_available(instance.identifier)
    return instance


def find(store: RdsStore, request: Request) -> list[DBInstance]:
    """List the instances DescribeDBInstances names. Raises DBInstanceNotFound, InvalidParameterValue."""
    found = list(store.instances.values())
    if identifier := request.get("DBInstanceIdentifier"):
        found = [get(store, identifier)]
    attributes: dict[str, Callable[[DBInstance], tuple[str, ...]]] = {
        "db-instance-id": lambda one: (one.identifier, one.arn),
        "dbi-resource-id": lambda one: (one.resource_id,),
        "engine": lambda _one: (versions.ENGINE,),
        "db-cluster-id": lambda _one: (),
        "domain": lambda _one: (),
    }
    return filtered(found, request, attributes)
