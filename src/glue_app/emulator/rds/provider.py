"""Amazon RDS: a table of contents. The operations are in `api`, a module for each kind of resource."""

from __future__ import annotations

from functools import partial

from localstack.services.plugins import Service, ServiceLifecycleHook

from glue_app.emulator.host import event_bus, metrics
from glue_app.emulator.host.service import serve
from glue_app.emulator.service.registration import register
from glue_app.emulator.settings import Settings, settings

from .api.automated_backups import AutomatedBackupOperations
from .api.db_instances import DBInstanceOperations
from .api.db_parameter_groups import DBParameterGroupOperations
from .api.db_snapshots import DBSnapshotOperations
from .api.db_subnet_groups import DBSubnetGroupOperations
from .api.engine_versions import EngineOperations
from .api.events import EventOperations
from .api.tags import TagOperations
from .backup.automated import Backups
from .backup.restores import Restores
from .backup.snapshots import Snapshots
from .events.event_log import Put
from .fleet import listeners
from .fleet.metrics import Metrics
from .fleet.monitor import Monitor
from .fleet.servers import Servers
from .models import RdsStores
from .operations import MOTO_OPERATIONS
from .persistence import KeptDatabases
from .postgres.processes import end_left_behind
from .resources.instances import DBInstances
from .resources.modifications import Modifications


class RdsProvider(
    DBInstanceOperations,
    DBSnapshotOperations,
    AutomatedBackupOperations,
    DBParameterGroupOperations,
    DBSubnetGroupOperations,
    EngineOperations,
    EventOperations,
    TagOperations,
    ServiceLifecycleHook,  # type: ignore[misc]  # LocalStack carries no types
):
    """The stores of all accounts, the servers, and what looks after them."""

    service = "rds"

    def __init__(self, config: Settings, put_event: Put | None) -> None:
        """put_event: sends events on to EventBridge; None: they are kept, no more."""
        self.config = config
        self.stores = RdsStores()
        self.servers = Servers(config, self.stores, put_event)
        self.snapshots = Snapshots(config, self.stores, self.servers)
        self.backups = Backups(config, self.stores, self.servers, self.snapshots)
        self.instances = DBInstances(config, self.stores, self.servers, self.backups.discard)
        self.modifications = Modifications(config, self.stores, self.servers, self.backups.switch)
        self.restores = Restores(self.stores, self.servers, self.instances.new, self.snapshots, self.backups)
        self.kept = KeptDatabases(config, self.stores, self.servers, self.snapshots, self.backups)
        self.monitor = Monitor(self.servers, self.stores)
        self.metrics = Metrics(self.servers, self.stores, metrics.put, config.rds_metrics_s)

    def on_after_init(self) -> None:
        end_left_behind(self.config.state)
        register(
            self.service,
            stores=self.stores,
            after_restore=self.kept.after_restore,
            activity=self.kept.fingerprint,
            health=self.servers.check,
            listeners=partial(listeners.find, self.stores, self.servers.network),
            files=self.kept,
        )
        self.monitor.start()
        self.metrics.start()
        self.backups.start()

    def on_before_stop(self) -> None:
        self.backups.stop()
        self.metrics.stop()
        self.monitor.stop()
        self.servers.stop_all()


def rds_service() -> Service:
    """Make the service LocalStack serves under `rds`."""
    provider = RdsProvider(settings(), partial(event_bus.put, RdsProvider.service))
    return serve(provider, MOTO_OPERATIONS)
