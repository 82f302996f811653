"""The standbys of Multi-AZ instances: made, kept in step, given up, and failed over to.

A standby streams from the primary's unix socket and listens nowhere else. Its home has the mark `in-sync`
only while the primary waits for it before it acknowledges a commit: the mark comes after the waiting has
begun and goes before it ends, so a failover to a marked standby loses nothing that was acknowledged.

Everything here is done under the instance's lock (`background_work`).
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import psycopg

from ..models import DBInstance
from ..postgres import base_backup
from ..postgres.host import postgres_host
from ..postgres.server import STANDBY, PostgresServer, ServerError
from . import home_swap
from .primaries import Connection, Primaries

LOG = logging.getLogger(__name__)

IN_STEP_TIMEOUT_S = 120.0
_HAND_OVER_S = 3.0
_POLL_S = 0.05


class StandbyLostError(ServerError):
    """Raised when no standby could be brought into step with its primary. The primary goes on without."""

    def __init__(self, instance: DBInstance, problem: str) -> None:
        super().__init__(f"the standby of DB instance {instance.identifier}", problem)


class Standbys:
    """`closing`: set when the emulator ends, so that nobody waits for a standby any more."""

    def __init__(self, primaries: Primaries, closing: threading.Event) -> None:
        self._primaries = primaries
        self._closing = closing

    def of(self, server: PostgresServer) -> PostgresServer:
        """Return the standby of a primary, there or not."""
        return server.with_home(server.home.standby)

    def make(self, server: PostgresServer, instance: DBInstance) -> None:
        """Make a standby from the running primary and wait until it is in sync. Raises StandbyLostError."""
        try:
            self.give_up(server, instance)
            standby = self.of(server)
            standby.destroy()
            standby.home.folder.mkdir(mode=0o700)
            base_backup.copy(
                server, self._primaries.network.listening(instance.endpoint), standby.home.folder
            )
            standby.home.adopt(postgres_host())
            standby.fence()
            self._primaries.configure_standby(standby, server, instance)
            standby.start()
            self._bring_into_step(server, instance)
        except StandbyLostError:
            raise
        except (ServerError, OSError, psycopg.Error) as error:
            raise StandbyLostError(instance, str(error)) from error

    def _bring_into_step(self, server: PostgresServer, instance: DBInstance) -> None:
        """Have the primary wait for its running standby from now on, and mark it."""
        home = server.home.standby
        with self._primaries.connect(server, instance) as connection:
            self._wait(instance, lambda: streaming(connection))
            self._primaries.configure(server, instance, synchronous=True)
            server.reload()
            self._wait(instance, lambda: _is_waited_for(self._primaries, server, instance))
            # the checkpointer tells commits to wait, as soon as it has read the configuration: it has by now
            connection.execute("CHECKPOINT")
            position = _flushed(connection)
            self._wait(instance, lambda: _has(connection, position))
        home.mark_in_sync(True)
        LOG.info("the standby of DB instance %s is in sync", instance.identifier)

    def give_up(self, server: PostgresServer, instance: DBInstance) -> None:
        """From now on commits don't wait for the standby, and no failover leads to it."""
        if server.home.standby.folder.exists():
            server.home.standby.mark_in_sync(False)
        self._primaries.configure(server, instance, synchronous=False)
        if server.running():
            server.reload()

    def remove(self, server: PostgresServer, instance: DBInstance) -> None:
        """Remove the standby: the instance is to have none any more."""
        self.give_up(server, instance)
        self.of(server).destroy()

    def resume(self, server: PostgresServer, instance: DBInstance) -> None:
        """Start the standby of a primary that was started: it goes on where it is in sync, else is made anew.

        Raises StandbyLostError.
        """
        standby = self.of(server)
        if standby.home.in_sync:
            try:
                self._primaries.configure_standby(standby, server, instance)
                standby.start()
                with self._primaries.connect(server, instance) as connection:
                    self._wait(instance, lambda: streaming(connection))
                return
            except (ServerError, OSError, psycopg.Error) as error:
                LOG.warning("DB instance %s gets a new standby: %s", instance.identifier, error)
        self.make(server, instance)

    def fail_over(self, server: PostgresServer, instance: DBInstance) -> None:
        """To the standby, which is in sync; the monitor makes the next one.

        Killed at any point, `Primaries.bring_up` does the rest. Raises ServerError.
        """
        server.stop()
        self.of(server).stop()
        home_swap.swap(server)
        self._primaries.exchange_zones(instance)
        self._primaries.bring_up(server, instance)

    def hand_over(self, server: PostgresServer, connection: Connection) -> None:
        """Give a standby that is in sync the time to get what rdsadmin has just changed.

        rdsadmin's own commits don't wait: they are made under the lock that giving the standby up needs.
        """
        deadline = time.monotonic() + _HAND_OVER_S
        position = _flushed(connection)
        while server.home.standby.in_sync and not _has(connection, position):
            if time.monotonic() > deadline or self._closing.wait(_POLL_S):
                return

    def _wait(self, instance: DBInstance, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + IN_STEP_TIMEOUT_S
        while not reached():
            if time.monotonic() > deadline:
                raise StandbyLostError(instance, f"is not in step after {IN_STEP_TIMEOUT_S:g} s")
            if self._closing.wait(_POLL_S):
                raise StandbyLostError(instance, "is not waited for: the emulator ends")


def streaming(connection: Connection) -> bool:
    """Tell whether the standby is connected and has caught up. Raises psycopg.Error."""
    return _replication(connection, "state") == "streaming"


def _is_waited_for(primaries: Primaries, server: PostgresServer, instance: DBInstance) -> bool:
    """As a new connection sees it: those that were there may not have read the configuration yet."""
    with primaries.connect(server, instance) as connection:
        return _replication(connection, "sync_state") == "sync"


def _flushed(connection: Connection) -> str:
    """Return the position in the log up to which the primary has all on its disk."""
    row = connection.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
    return str(row[0] if row else None)


def _has(connection: Connection, position: str) -> bool:
    return _replication(connection, "(flush_lsn >= %s::pg_lsn)::text", position) == "true"


def _replication(connection: Connection, column: str, *values: str) -> object:
    """Return what the primary says of its standby; None where none is connected."""
    row = connection.execute(
        f"SELECT {column} FROM pg_stat_replication WHERE application_name = %s",  # noqa: S608
        [*values, STANDBY],
    ).fetchone()
    return row[0] if row else None
