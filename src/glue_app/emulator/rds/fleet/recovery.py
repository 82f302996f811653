"""What RDS does when a primary is to go, or has died: fail over, or start it again where it lies.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html
"""

from __future__ import annotations

import logging

from ..events import event_messages
from ..models import DBInstance
from ..postgres.container_host import PostgresHostLostError
from ..postgres.server import PostgresServer
from .servers import Servers

LOG = logging.getLogger(__name__)


def fail_over(servers: Servers, server: PostgresServer, instance: DBInstance) -> None:
    """To the standby, which must be in sync. The status is the caller's. Raises ServerError."""
    servers.events.record(instance, event_messages.FAILOVER_STARTED)
    servers.standbys.fail_over(server, instance)
    servers.events.record(instance, event_messages.RESTARTED)
    servers.events.record(instance, event_messages.FAILOVER_COMPLETED)


def recover(servers: Servers, server: PostgresServer, instance: DBInstance) -> None:
    """Bring an available instance back whose primary is dead; under its lock.

    The status meanwhile is `rebooting`; which one RDS shows is not documented.
    """

    def work(server: PostgresServer) -> None:
        try:
            server.end_leftovers()
            if _may_fail_over(servers, server, instance):
                fail_over(servers, server, instance)
            else:
                _start_again(servers, server, instance)
        except PostgresHostLostError as error:
            LOG.warning("DB instance %s waits: %s", instance.identifier, error)

    if servers.change_status(instance, "available", "rebooting"):
        LOG.warning("the server of DB instance %s is dead", instance.identifier)
        servers.change_status(
            instance, "rebooting", servers.outcome(instance, "recovering", work, "available")
        )


def _may_fail_over(servers: Servers, server: PostgresServer, instance: DBInstance) -> bool:
    """Only to a standby that has all that was acknowledged.

    Where it has died, too, something has befallen both, and the primary's own files are as good.
    """
    standby = servers.standbys.of(server)
    return (
        instance.multi_az
        and standby.home.in_sync
        and not server.fenced
        and (standby.running() or not server.home.data.is_dir())
    )


def _start_again(servers: Servers, server: PostgresServer, instance: DBInstance) -> None:
    servers.events.record(instance, event_messages.RECOVERY_STARTED)
    servers.primaries.bring_up(server, instance)
    servers.events.record(instance, event_messages.RESTARTED)
    servers.events.record(instance, event_messages.RECOVERY_COMPLETED)
