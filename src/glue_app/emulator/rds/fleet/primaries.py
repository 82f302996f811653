"""The primaries: found by their instance, configured, and brought up wherever they can listen.

What has to do with standbys is in `standbys`; what is done with both together in `servers`.
"""

from __future__ import annotations

import functools
import logging
import time
from dataclasses import replace

import psycopg

from glue_app.emulator.settings import Settings

from ..engine import parameters
from ..engine.versions import family_of
from ..iam.authentication import IamAuthentication
from ..models import DBInstance, Endpoint, RdsStores
from ..postgres.certificates import CertificateAuthority
from ..postgres.home import ServerHome
from ..postgres.host import postgres_host
from ..postgres.server import ADMIN, PostgresServer, ServerConfiguration, ServerError
from ..postgres.wal_archive import WalArchive
from . import home_swap
from .network import Network

LOG = logging.getLogger(__name__)

_ADDRESS_TRIES = 5
#: what a killed server's own processes hold goes with the last of them
_LEFTOVERS_TIMEOUT_S = 20.0

Connection = psycopg.Connection[tuple[object, ...]]


class Primaries:
    """Finds an instance's server by its resource id. Everything is done under the instance's lock."""

    def __init__(self, config: Settings, stores: RdsStores) -> None:
        self._config, self._stores = config, stores
        self._begun: set[str] = set()
        self.iam = IamAuthentication(config, stores)

    @functools.cached_property
    def network(self) -> Network:
        published = {Endpoint(*told): Endpoint(*inside) for told, inside in self._config.rds_published}
        return Network(self._config.rds_network, published)

    @functools.cached_property
    def authority(self) -> CertificateAuthority:
        return CertificateAuthority.of_state(self._config.state / "rds")

    def of(self, instance: DBInstance) -> PostgresServer:
        """Return the primary."""
        home = ServerHome(self._config.state / "rds" / instance.resource_id)
        return PostgresServer(home, self._config.postgres_bin, postgres_host())

    def connect(self, server: PostgresServer, instance: DBInstance) -> Connection:
        """As rdsadmin. Raises psycopg.Error."""
        return server.connect(self.network.listening(instance.endpoint), ADMIN)

    def bring_up(self, server: PostgresServer, instance: DBInstance) -> None:
        """Start the primary on the files there are, after a failover that was interrupted, too.

        PostgreSQL recovers by itself. Raises ServerHomeLostError, ServerError.
        """
        home_swap.finish(server.home)
        server.home.adopt(postgres_host())
        server.end_leftovers()
        deadline = time.monotonic() + _LEFTOVERS_TIMEOUT_S
        while True:
            try:
                return self.start(server, instance)
            except ServerError as error:
                if not error.leftovers or time.monotonic() > deadline:
                    raise

    def begun(self, instance: DBInstance) -> bool:
        """Was its server started since the emulator began? What a save has is `available` before, too."""
        return instance.resource_id in self._begun

    def start(self, server: PostgresServer, instance: DBInstance) -> None:
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

    def exchange_zones(self, instance: DBInstance) -> None:
        """Exchange the zones of primary and standby, as the API says after a failover."""
        with self._stores.lock:
            if other := instance.secondary_availability_zone:
                instance.secondary_availability_zone, instance.availability_zone = (
                    instance.availability_zone,
                    other,
                )

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
        """Do the same for the standby, which finds its primary by the folder of its socket."""
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
        archive.begin(postgres_host())
        return archive.archive_command
