"""Looks after the servers of available instances: what has died is replaced, as RDS does by itself.

A primary that died: the standby takes over where it is in sync, else the server is started again on its
files. A standby that died: commits go on without it, and a new one is made.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import psycopg

from ..models import DBInstance, RdsStores
from ..postgres.container_host import PostgresHostLostError
from ..postgres.server import PostgresServer
from . import home_swap, recovery
from .background_work import Work
from .primaries import Connection
from .servers import Servers
from .standbys import StandbyLostError, streaming
from .watch import Watch

LOG = logging.getLogger(__name__)

POLL_S = 0.5
#: so long a standby may be disconnected before it counts as lost
GRACE_S = 5.0
#: after making a standby has failed
RETRY_S = 5.0
_STOP_TIMEOUT_S = 5.0


class Monitor(Watch):
    """Has what has died replaced."""

    def __init__(
        self,
        servers: Servers,
        stores: RdsStores,
        poll_s: float = POLL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("rds-monitor", servers, stores, poll_s)
        self._clock = clock
        self._connections: dict[str, Connection] = {}
        self._missing_since: dict[str, float] = {}
        self._retry_at: dict[str, float] = {}

    def stop(self, timeout_s: float | None = _STOP_TIMEOUT_S) -> None:
        """Nothing is begun any more when this returns; a server that hangs is not waited for."""
        super().stop(timeout_s)

    def look(self) -> None:
        """Have done what has to be done now."""
        for gone in self._connections.keys() - {one.resource_id for one in self._stores.all_instances()}:
            self._connections.pop(gone).close()
        super().look()

    def needed(self, instance: DBInstance) -> Work | None:
        """By a look from outside: `_revive` and `_replace` look again when nobody else is at work."""
        server = self._servers.of(instance)
        if not server.answers(self._servers.network.listening(instance.endpoint)) or home_swap.unfinished(
            server
        ):
            return lambda server: self._revive(server, instance)
        if instance.multi_az and not self._has_standby(server, instance):
            return lambda server: self._replace(server, instance)
        return None

    # ------------------------------------------------------------------ the primary
    def _revive(self, server: PostgresServer, instance: DBInstance) -> None:
        """Fail over, or start it again; a container that is gone as a whole is waited for."""
        try:
            if server.running() and not home_swap.unfinished(server):
                return
            recovery.recover(self._servers, server, instance)
        except PostgresHostLostError as error:
            LOG.warning("DB instance %s waits: %s", instance.identifier, error)

    # ------------------------------------------------------------------ the standby
    def _replace(self, server: PostgresServer, instance: DBInstance) -> None:
        if self._has_standby(server, instance):
            return
        LOG.info("DB instance %s gets a new standby", instance.identifier)
        self._missing_since.pop(instance.resource_id, None)
        self._retry_at[instance.resource_id] = self._clock() + RETRY_S
        try:
            self._servers.standbys.make(server, instance)
        except (StandbyLostError, PostgresHostLostError) as error:
            LOG.warning("DB instance %s has no standby for now: %s", instance.identifier, error)
        else:
            self._retry_at.pop(instance.resource_id, None)

    def _has_standby(self, server: PostgresServer, instance: DBInstance) -> bool:
        """Tell whether there is one in sync, or nothing can be done about it now."""
        standby = self._servers.standbys.of(server)
        if not standby.home.in_sync:
            return self._clock() < self._retry_at.get(instance.resource_id, 0.0)
        try:
            connected = streaming(self._connection(server, instance))
        except psycopg.Error:  # of the primary
            self._connections.pop(instance.resource_id, None)
            return True
        if connected:
            self._missing_since.pop(instance.resource_id, None)
            return True
        since = self._missing_since.setdefault(instance.resource_id, self._clock())
        alive = standby.answers(self._servers.network.listening(instance.endpoint))
        return alive and self._clock() - since < GRACE_S

    def _connection(self, server: PostgresServer, instance: DBInstance) -> Connection:
        """One for all looks, so that the server's log is not full of them."""
        kept = self._connections.get(instance.resource_id)
        if kept is None or kept.closed:
            kept = self._servers.primaries.connect(server, instance)
            self._connections[instance.resource_id] = kept
        return kept
