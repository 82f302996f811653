"""DB instances across a restart: their files stay where they are, a save holds what RDS says of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Hashable
from concurrent.futures import Future, wait
from pathlib import Path

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings

from .backup.automated import Backups
from .backup.snapshots import Snapshots
from .fleet.servers import Servers
from .models import DBInstance, DBSnapshot, RdsStore, RdsStores
from .postgres import base_backup, wal_archive
from .postgres.home import ServerHome, instance_of
from .postgres.server import PostgresServer
from .resources import master_secret

LOG = logging.getLogger(__name__)

_STAY = ("stopped", "failed", "incompatible-parameters")
_UNDISTURBED_S = 30.0


class KeptDatabases:
    """The `glue_app.emulator.service.files.Files` of this room."""

    def __init__(
        self, config: Settings, stores: RdsStores, servers: Servers, snapshots: Snapshots, backups: Backups
    ) -> None:
        self._config, self._stores, self._servers = config, stores, servers
        self._snapshots, self._backups = snapshots, backups
        self._starting: list[Future[None]] = []

    def described(self) -> dict[str, dict[str, str]]:
        named: list[tuple[str, DBInstance | DBSnapshot]] = [
            *((one.resource_id, one) for one in self._stores.all_instances()),
            *((one.files, one) for one in self._stores.all_snapshots()),
        ]
        return {name: {"identifier": one.identifier, "status": one.status} for name, one in named}

    def fingerprint(self) -> Hashable:
        """Differs when an instance or a snapshot has come, gone, changed its status or failed over."""
        return (
            *((one.resource_id, one.status, one.availability_zone) for one in self._stores.all_instances()),
            *((one.files, one.status) for one in self._stores.all_snapshots()),
        )

    def after_restore(self) -> None:
        """Start the servers that ran, as they were asked to: the stores hold what a save held, none runs."""
        with self._stores.lock:
            for scope, store in self._stores.items():
                for instance in list(store.instances.values()):
                    self._settle(scope, store, instance)
                for snapshot in store.snapshots.values():
                    self._snapshots.settle(snapshot)

    def wait_until_started(self, timeout_s: float) -> None:
        """Wait until the servers have started. Raises TimeoutError.

        A server that could not be started is `failed`, and no error here.
        """
        if wait(self._starting, timeout_s).not_done:
            raise TimeoutError(f"the database servers did not start in {timeout_s:g} s")

    def sweep(self, keep: Collection[str]) -> None:
        """Remove the folders that neither an instance, nor a snapshot, nor `keep` names."""
        folders = list((self._config.state / "rds").glob("db-*"))  # before: a new one has its instance first
        snapshots, archives = self._snapshots.files.names(), wal_archive.all_of(self._config.state / "rds")
        used = set(self.described()) | set(keep)
        for name in snapshots:
            if name not in used:
                LOG.info("removing the files of %s: no DB snapshot and no save needs them", name)
                self._snapshots.files.remove(name)
        for archive in archives:
            if archive.folder.name not in used:
                archive.remove()
        for folder in folders:
            if instance_of(folder) not in used:
                LOG.info("removing the files of %s: no DB instance and no save needs them", folder.name)
                ServerHome(folder).remove()

    def copy_to(self, folder: Path) -> None:
        """Each whole instance's data folder, the snapshots' and the certificate authority's files with them.

        Raises TimeoutError for one that is busy, psycopg.Error, OSError.
        """
        for instance in self._stores.all_instances():
            with self._servers.undisturbed(instance, _UNDISTURBED_S) as server:
                if server.home.complete:
                    endpoint = self._servers.network.listening(instance.endpoint)
                    base_backup.copy(server, endpoint, folder / instance.resource_id)
        for snapshot in self._stores.all_snapshots():
            if self._snapshots.files.whole(snapshot):
                self._snapshots.files.link_to(snapshot, folder)
        base_backup.copy_authority(self._config.state / "rds", folder)

    def _settle(self, scope: Scope, store: RdsStore, instance: DBInstance) -> None:
        if instance.status in _STAY:
            return
        whole = self._finish_snapshots(store, instance)
        if instance.status == "stopping":
            instance.status = "stopped"
            return
        if instance.status == "deleting" and whole:
            self._backups.discard(instance)
            master_secret.delete(scope, instance)
            del store.instances[instance.identifier]
            return
        if instance.status == "creating" and not self._servers.of(instance).home.complete:
            LOG.error("DB instance %s: the stack stopped while it was being created", instance.identifier)
            instance.status, instance.interrupted = "failed", True
            return
        password = master_secret.current_password(scope, instance)

        def start(server: PostgresServer) -> None:
            self._servers.bring_back(server, instance, password)

        self._starting.append(self._servers.submit_with_status(instance, "starting", start, "available"))

    def _finish_snapshots(self, store: RdsStore, instance: DBInstance) -> bool:
        """Make what was to be made before the instance ends, from the files that lie there.

        False where that does not work: then the instance must not go.
        """
        if instance.status not in ("stopping", "deleting"):
            return True
        begun = [
            one
            for one in store.snapshots.values()
            if one.instance.resource_id == instance.resource_id and one.status == "creating"
        ]
        for snapshot in begun:
            self._snapshots.try_take(self._servers.of(instance), snapshot)
        return all(one.status == "available" for one in begun)
