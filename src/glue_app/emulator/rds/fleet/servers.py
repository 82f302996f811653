"""The servers of all instances: made, configured, started, stopped."""

from __future__ import annotations

import functools
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from glue_app.emulator.settings import Settings

from ..engine import parameters
from ..engine.versions import family_of
from ..events.event_log import EventLog, Put
from ..iam.authentication import IamAuthentication
from ..models import DBInstance, DBParameterGroup, Endpoint, RdsStores
from ..postgres import roles
from ..postgres.certificates import CertificateAuthority
from ..postgres.home import ServerHome
from ..postgres.local_host import server_user
from ..postgres.server import ADMIN, PostgresServer, ServerConfiguration, ServerError
from ..postgres.wal_archive import WalArchive
from . import home_swap, network
from .background_work import BackgroundWork
from .standbys import Connection, Standbys

LOG = logging.getLogger(__name__)

_ADDRESS_TRIES = 5
#: what a killed server's own processes hold goes with the last of them
_LEFTOVERS_TIMEOUT_S = 20.0


class Servers(BackgroundWork):
    """Finds an instance's servers by its resource id."""

    def __init__(self, config: Settings, stores: RdsStores, put_event: Put | None = None) -> None:
        super().__init__(stores, EventLog(stores, put_event))
        self._config = config
        self._begun: set[str] = set()
        self.standbys = Standbys(self, self.closing)
        self.iam = IamAuthentication(config, stores)

    @functools.cached_property
    def network(self) -> network.Network:
        published = {Endpoint(*told): Endpoint(*inside) for told, inside in self._config.rds_published}
        return network.Network(self._config.rds_network, published)

    @functools.cached_property
    def authority(self) -> CertificateAuthority:
        return CertificateAuthority.of_state(self._config.state / "rds")

    def of(self, instance: DBInstance) -> PostgresServer:
        """The primary."""
        home = ServerHome(self._config.state / "rds" / instance.resource_id)
        return PostgresServer(home, self._config.postgres_bin, server_user())

    def create(self, server: PostgresServer, instance: DBInstance, password: str) -> None:
        """A running server with RDS's roles, the master user and the database; no standby yet."""
        server.initialise()
        self._start_somewhere(server, instance)
        with server.connect(self.network.listening(instance.endpoint)) as connection:
            self._tell_real_version(instance, connection.info.server_version // 10000)
            roles.prepare(connection, instance.master_username, password, instance.db_name)
        self._complete(server, instance)

    def restore(self, server: PostgresServer, instance: DBInstance, password: str | None) -> None:
        """The same from the files that lie in its home by now.

        password: the master user's, None where it stays what those files say.
        """
        self.bring_up(server, instance)
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
        self.bring_up(server, instance)
        if server.home.standby.folder.exists():
            self.standbys.give_up(server, instance)
            if not instance.multi_az:
                self.standbys.remove(server, instance)
        self._withhold_the_machine(server, instance)
        if password is not None:
            self.set_password(server, instance, password)
        if instance.secret:
            instance.secret.status = "active"

    def bring_up(self, server: PostgresServer, instance: DBInstance) -> None:
        """Start the primary on the files there are, after a failover that was interrupted, too.

        PostgreSQL recovers by itself. Raises ServerHomeLostError, ServerError.
        """
        home_swap.finish(server.home)
        server.home.adopt(server_user())
        server.end_leftovers()
        deadline = time.monotonic() + _LEFTOVERS_TIMEOUT_S
        while True:
            try:
                return self._start_somewhere(server, instance)
            except ServerError as error:
                if not error.leftovers or time.monotonic() > deadline:
                    raise

    def begun(self, instance: DBInstance) -> bool:
        """Was its server started in this life? What was restored is `available` before it is brought back."""
        return instance.resource_id in self._begun

    def start(self, server: PostgresServer, instance: DBInstance) -> None:
        """Primary and standby. Raises as `bring_up` and `Standbys.make`."""
        self.bring_up(server, instance)
        self._withhold_the_machine(server, instance)
        if instance.multi_az:
            self.standbys.resume(server, instance)

    def stop(self, server: PostgresServer, instance: DBInstance) -> None:
        """The primary first: it ends when its standby has all there is."""
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

    def connect(self, server: PostgresServer, instance: DBInstance) -> Connection:
        """As rdsadmin. Raises psycopg.Error."""
        return server.connect(self.network.listening(instance.endpoint), ADMIN)

    def exchange_zones(self, instance: DBInstance) -> None:
        """What the API says after a failover."""
        with self._stores.lock:
            if other := instance.secondary_availability_zone:
                instance.secondary_availability_zone, instance.availability_zone = (
                    instance.availability_zone,
                    other,
                )

    def set_password(self, server: PostgresServer, instance: DBInstance, password: str) -> None:
        with self.connect(server, instance) as connection:
            roles.set_password(connection, instance.master_username, password)
            self.standbys.hand_over(server, connection)

    def _withhold_the_machine(self, server: PostgresServer, instance: DBInstance) -> None:
        """For files that an earlier version wrote."""
        with self.connect(server, instance) as connection:
            roles.withhold_the_machine(connection)

    def configure(
        self, server: PostgresServer, instance: DBInstance, synchronous: bool | None = None
    ) -> None:
        """Write the instance's applied parameters into its server's files.

        synchronous: whether commits wait for the standby. None: as it is, by the standby's mark.
        """
        waits = server.home.standby.in_sync if synchronous is None else synchronous
        server.configure(replace(self._configuration(instance), synchronous=waits))

    def configure_standby(
        self, standby: PostgresServer, primary: PostgresServer, instance: DBInstance
    ) -> None:
        """The same for the standby, which finds its primary by the folder of its socket."""
        standby.configure(replace(self._configuration(instance), primary=primary.home.socket))
        standby.certify(self.authority, instance.endpoint, instance.identifier)

    def _configuration(self, instance: DBInstance) -> ServerConfiguration:
        values, family = instance.applied_parameters, family_of(instance.engine_version)
        # a standby that was away for a moment goes on from there
        kept = {"wal_keep_size": "64MB"} if instance.multi_az else {}
        return ServerConfiguration(
            endpoint=self.network.listening(instance.endpoint),
            force_ssl=parameters.force_ssl(values, family, self._config.postgres_bin),
            parameters=kept | parameters.server_values(values),
            iam=self.iam.method(instance),
            archive_command=self._archive_command(instance),
        )

    def _archive_command(self, instance: DBInstance) -> str:
        """With automated backups the log is kept, else it is done with it."""
        if not instance.settings["BackupRetentionPeriod"]:
            return "true"
        archive = WalArchive(self._config.state / "rds", instance.resource_id)
        archive.begin(server_user())
        return archive.archive_command

    def take_over(self, instance: DBInstance, group: DBParameterGroup, names: list[str]) -> None:
        """Dynamic parameters of the group reach a server without a restart."""
        values = group.values
        for name in names:
            if name in values:
                instance.applied_parameters[name] = values[name]
            else:
                instance.applied_parameters.pop(name, None)

        def reload(server: PostgresServer) -> None:
            self.reconfigure(server, instance)

        self.beside(instance, "taking parameters over", reload)

    def reconfigure(self, server: PostgresServer, instance: DBInstance) -> None:
        """What counts without a restart reaches the server, and its standby."""
        self.configure(server, instance)
        if server.running():
            server.reload()
        standby = self.standbys.of(server)
        if instance.multi_az and standby.running():
            self.configure_standby(standby, server, instance)
            standby.reload()

    def stop_all(self) -> None:
        """Stop every server cleanly; their data stays. Nothing is begun any more."""
        self.close()
        self.iam.close()
        with ThreadPoolExecutor(max_workers=8) as pool:
            for instance in self._stores.all_instances():
                pool.submit(self._stop, instance)

    def check(self) -> None:
        """Raises ConnectionError naming the instances that should take connections and do not.

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

    def _start_somewhere(self, server: PostgresServer, instance: DBInstance) -> None:
        """Start; where the address is another program's meanwhile, or published no more, at the next one."""
        for _ in range(_ADDRESS_TRIES):
            if not self.network.has(instance.endpoint):
                self._move(instance, "is published no more")
            self.configure(server, instance)
            server.certify(self.authority, instance.endpoint, instance.identifier)
            try:
                server.start()
                if server.fenced:  # it was a standby, or a failover to it was interrupted
                    server.promote()
                self._begun.add(instance.resource_id)
                return
            except ServerError as error:
                if not error.address_in_use:
                    raise
            self._move(instance, "was taken meanwhile")
        raise ServerError("PostgreSQL found no address", str(self._config.rds_network))

    def _move(self, instance: DBInstance, why: str) -> None:
        with self._stores.lock:
            left = instance.endpoint
            taken = [other.endpoint for other in self._stores.all_instances()]
            instance.endpoint = self.network.allocate(left.port, taken)
        LOG.info(
            "%s:%d %s: DB instance %s listens on %s:%d", *left, why, instance.identifier, *instance.endpoint
        )

    def _accepts_connections(self, instance: DBInstance) -> bool:
        return network.accepts_connections(self.network.reached(instance.endpoint))

    def _tell_real_version(self, instance: DBInstance, major: int) -> None:
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
