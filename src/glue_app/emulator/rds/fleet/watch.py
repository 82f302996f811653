"""One thread that looks after all available instances; the work itself is done by `Servers`."""

from __future__ import annotations

from abc import abstractmethod
from concurrent.futures import Future

from glue_app.emulator.service.repeated import Repeated

from ..models import DBInstance, RdsStores
from .background_work import Work
from .servers import Servers


class Watch(Repeated):
    """Has one thing at a time done with an instance, and none with one that something else goes on with."""

    def __init__(self, name: str, servers: Servers, stores: RdsStores, period_s: float) -> None:
        super().__init__(name, self.look, period_s)
        self._servers, self._stores = servers, stores
        self.begun: dict[str, Future[None]] = {}

    def look(self) -> None:
        """Have done what has to be done now."""
        for instance in self._stores.all_instances():
            if instance.status != "available" or not self._servers.primaries.begun(instance):
                continue
            before = self.begun.get(instance.resource_id)
            if before and not before.done():
                continue
            if work := self.needed(instance):
                self.begun[instance.resource_id] = self._servers.submit_if_idle(instance, work)

    @abstractmethod
    def needed(self, instance: DBInstance) -> Work | None:
        """Return what has to be done with an available instance, if anything."""
