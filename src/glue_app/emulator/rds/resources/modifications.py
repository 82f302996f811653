"""ModifyDBInstance: a plan that is checked whole, then done: what RDS says of the instance, and its server.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from collections.abc import Callable

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings

from ..events import event_messages
from ..fleet.servers import Servers
from ..iam import authentication
from ..models import DBInstance, Endpoint, RdsStore, RdsStores
from ..postgres.server import PostgresServer
from . import master_secret, parameter_groups
from .instance_settings import Request
from .instances import available
from .modification_plan import Plan, plan


class Modifications:
    """ModifyDBInstance."""

    def __init__(
        self,
        config: Settings,
        stores: RdsStores,
        servers: Servers,
        switch_backups: Callable[[DBInstance, PostgresServer], None],
    ) -> None:
        self._config = config
        self._switch_backups = switch_backups
        self._stores = stores
        self._servers = servers

    def modify(self, scope: Scope, request: Request) -> DBInstance:
        """Modify an instance. Raises the AWS errors of a wrong request before anything changes."""
        store = self._stores.of(scope)
        instance = available(store, request["DBInstanceIdentifier"])
        authentication.require_support(self._config, "ModifyDBInstance", request)
        planned = plan(scope, store, instance, request, self._servers.network.has)
        secret_password = None
        if planned.managed_by:  # by another service, which can refuse: first of all
            secret_password = master_secret.create(scope, instance, planned.managed_by)
        elif planned.rotated:
            secret_password = master_secret.generate_password()
        _update_record(scope, store, instance, planned)
        for message, name in planned.events:
            self._servers.events.record(instance, message, name)
        if planned.server_changes:
            self._servers.submit_with_status(
                instance,
                planned.status,
                lambda server: self._change_server(server, scope, instance, planned, secret_password),
                "available",
            )
        return instance

    def _change_server(
        self,
        server: PostgresServer,
        scope: Scope,
        instance: DBInstance,
        planned: Plan,
        secret_password: str | None,
    ) -> None:
        """Change the server, in this order: a standby that gets lost at the end costs nothing else.

        secret_password: a new one of a managed master user.
        """
        if planned.password:
            self._set_password(server, instance, planned.password)
        if planned.unmanaged:
            master_secret.delete(scope, instance)
        if secret_password:
            self._set_managed(server, scope, instance, secret_password)
        if planned.backups:
            self._switch_backups(instance, server)
        if planned.reconfigured:
            self._servers.reconfigure(server, instance)
        if planned.endpoint:
            self._move(server, instance, planned.endpoint)
        if planned.multi_az is not None:
            self._convert(server, instance, planned.multi_az)

    def _set_password(self, server: PostgresServer, instance: DBInstance, password: str) -> None:
        self._servers.set_password(server, instance, password)
        self._servers.events.record(instance, event_messages.CREDENTIALS_RESET)

    def _set_managed(self, server: PostgresServer, scope: Scope, instance: DBInstance, password: str) -> None:
        """Set it in the server first, then at once in the secret: it never holds one that won't work."""
        self._servers.set_password(server, instance, password)
        master_secret.publish(scope, instance, password)
        self._servers.events.record(instance, event_messages.CREDENTIALS_RESET)
        if instance.secret:
            instance.secret.status = "active"

    def _move(self, server: PostgresServer, instance: DBInstance, endpoint: Endpoint) -> None:
        self._servers.stop(server, instance)
        instance.endpoint = endpoint
        self._servers.start(server, instance)

    def _convert(self, server: PostgresServer, instance: DBInstance, multi_az: bool) -> None:
        """To Multi-AZ, where commits wait for the standby at the end of it, or back."""
        if multi_az:
            if not server.home.standby.in_sync:  # a new port's start may have made it
                self._servers.standbys.make(server, instance)
        else:
            self._servers.standbys.remove(server, instance)
        self._servers.events.record(
            instance, event_messages.IS_MULTI_AZ if multi_az else event_messages.IS_SINGLE_AZ
        )


def _update_record(scope: Scope, store: RdsStore, instance: DBInstance, planned: Plan) -> None:
    """Change what RDS says of the instance from now on. Nothing in it can fail."""
    instance.settings.update(planned.settings)
    instance.pending = planned.pending
    for name, value in planned.attributes.items():
        setattr(instance, name, value)
    parameter_groups.keep(store, parameter_groups.get(store, scope, instance.parameter_group))
    if planned.rotated and instance.secret:
        instance.secret.status = "rotating"
    if planned.identifier:
        del store.instances[instance.identifier]
        instance.identifier, instance.arn = planned.identifier, scope.arn("rds", f"db:{planned.identifier}")
        store.instances[planned.identifier] = instance
