"""The servers of all instances, each a primary and perhaps a standby: made, started, stopped, removed."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from glue_app.emulator.settings import Settings

from ..events.event_log import EventLog, Put
from ..models import DBInstance, DBParameterGroup, RdsStores
from ..postgres import roles
from ..postgres.server import PostgresServer
from .background_work import BackgroundWork
from .network import Network, accepts_connections
from .primaries import Primaries
from .standbys import Standbys

LOG = logging.getLogger(__name__)


class Servers(BackgroundWork):
    """What is done with the servers of an instance, and the background that it is done in."""

    def __init__(self, config: Settings, stores: RdsStores, put_event: Put | None = None) -> None:
        super().__init__(stores, EventLog(stores, put_event))
        self.primaries = Primaries(config, stores)
        self.standbys = Standbys(self.primaries, self.closing)

    @property
    def network(self) -> Network:
        return self.primaries.network

    def of(self, instance: DBInstance) -> PostgresServer:
        """Return the primary."""
        return self.primaries.of(instance)

    def create(self, server: PostgresServer, instance: DBInstance, password: str) -> None:
        """Make a running server with RDS's roles, the master user and the database; no standby yet."""
        server.initialise()
        self.primaries.start(server, instance)
        with server.connect(self.network.listening(instance.endpoint)) as connection:
            self._warn_of_another_version(instance, connection.info.server_version // 10000)
            roles.prepare(connection, instance.master_username, password, instance.db_name)
        self._complete(server, instance)

    def restore(self, server: PostgresServer, instance: DBInstance, password: str | None) -> None:
        """Make a running server, as `create` does, from the files that lie in its home by now.

        password: the master user's, None where it stays what those files say.
        """
        self.primaries.bring_up(server, instance)
        server.await_recovery(self.network.listening(instance.endpoint))
        self._withhold_the_machine(server, instance)
        if password is not None:
            self.set_password(server, instance, password)
        self._complete(server, instance)

    def _complete(self, server: PostgresServer, instance: DBInstance) -> None:
        server.home.mark_complete()
        if instance.secret:
            instance.secret.status = "active"

    def bring_back(self, server: PostgresServer, instance: DBInstance, password: str | None) -> None:
        """Start a server on the files it has, after whatever ended it. Its standby is not what it was.

        password: the master user's, None where nobody but its user knows it. It is set again, for the files
        may be younger than what says the password. Raises ServerHomeLostError, ServerError.
        """
        self.primaries.bring_up(server, instance)
        if server.home.standby.folder.exists():
            self.standbys.give_up(server, instance)
            if not instance.multi_az:
                self.standbys.remove(server, instance)
        self._withhold_the_machine(server, instance)
        if password is not None:
            self.set_password(server, instance, password)
        if instance.secret:
            instance.secret.status = "active"

    def start(self, server: PostgresServer, instance: DBInstance) -> None:
        """Primary and standby. Raises as `bring_up` and `Standbys.make`."""
        self.primaries.bring_up(server, instance)
        self._withhold_the_machine(server, instance)
        if instance.multi_az:
            self.standbys.resume(server, instance)

    def stop(self, server: PostgresServer, instance: DBInstance) -> None:
        """Stop both, the primary first: it ends when its standby has all there is."""
        server.stop()
        if instance.multi_az:
            self.standbys.of(server).stop()

    def restart(self, server: PostgresServer, instance: DBInstance) -> None:
        """With the applied parameters of now."""
        self.stop(server, instance)
        self.start(server, instance)

    def destroy(self, server: PostgresServer) -> None:
        """Stop and remove both."""
        server.destroy()
        self.standbys.of(server).destroy()

    def set_password(self, server: PostgresServer, instance: DBInstance, password: str) -> None:
        with self.primaries.connect(server, instance) as connection:
            roles.set_password(connection, instance.master_username, password)
            self.standbys.hand_over(server, connection)

    def _withhold_the_machine(self, server: PostgresServer, instance: DBInstance) -> None:
        """For files that an earlier version wrote."""
        with self.primaries.connect(server, instance) as connection:
            roles.withhold_the_machine(connection)

    def apply_parameters(self, instance: DBInstance, group: DBParameterGroup, names: list[str]) -> None:
        """Dynamic parameters of the group reach a server without a restart."""
        values = group.values
        for name in names:
            if name in values:
                instance.applied_parameters[name] = values[name]
            else:
                instance.applied_parameters.pop(name, None)

        def reload(server: PostgresServer) -> None:
            self.reconfigure(server, instance)

        self.submit_without_status(instance, "taking parameters over", reload)

    def reconfigure(self, server: PostgresServer, instance: DBInstance) -> None:
        """Let what counts without a restart reach the server, and its standby."""
        self.primaries.configure(server, instance)
        if server.running():
            server.reload()
        standby = self.standbys.of(server)
        if instance.multi_az and standby.running():
            self.primaries.configure_standby(standby, server, instance)
            standby.reload()

    def stop_all(self) -> None:
        """Stop every server cleanly; their data stays. Nothing is begun any more."""
        self.close()
        self.primaries.iam.close()
        with ThreadPoolExecutor(max_workers=8) as pool:
            for instance in self._stores.all_instances():
                pool.submit(self._stop, instance)

    def check(self) -> None:
        """Check the instances. Raises ConnectionError naming those that should take connections and do not.

        One that was never finished because the stack ended is none of them: nobody has used it.
        """
        silent = [
            f"{instance.identifier} ({instance.endpoint.address}:{instance.endpoint.port})"
            for instance in self._stores.all_instances()
            if (instance.status == "failed" and not instance.interrupted)
            or (instance.status == "available" and not self._accepts_connections(instance))
        ]
        if silent:
            raise ConnectionError(f"no connections to DB instance {', '.join(silent)}")

    def _accepts_connections(self, instance: DBInstance) -> bool:
        return accepts_connections(self.network.reached(instance.endpoint))

    def _warn_of_another_version(self, instance: DBInstance, major: int) -> None:
        if str(major) != instance.major_version:
            LOG.warning(
                "DB instance %s asks for PostgreSQL %s, this machine's server is %d: differences between "
                "major versions will not show here",
                instance.identifier,
                instance.engine_version,
                major,
            )

    def _stop(self, instance: DBInstance) -> None:
        try:
            self.stop(self.of(instance), instance)
        except Exception:
            LOG.exception("stopping DB instance %s", instance.identifier)
