"""What is going on with the servers of instances: in the background, one thing at a time each."""

from __future__ import annotations

import contextlib
import logging
import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from ..events import event_messages
from ..events.event_log import EventLog
from ..models import DBInstance, RdsStores
from ..postgres.home import ServerHomeLostError
from ..postgres.server import PostgresServer, ServerError
from .standbys import StandbyLostError

LOG = logging.getLogger(__name__)

Work = Callable[[PostgresServer], object]


class NothingDoneError(RuntimeError):
    """Raised by work that has changed nothing, and will not: the instance is as it was before."""


class BackgroundWork(ABC):
    """Knows who is at work, and which status an instance has of it. `closing` is set when the emulator ends.

    The lock of an instance comes before that of the stores: whoever holds the stores' never waits for it.
    """

    def __init__(self, stores: RdsStores, events: EventLog) -> None:
        self._stores, self.events = stores, events
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="rds")
        self.closing = threading.Event()

    @abstractmethod
    def of(self, instance: DBInstance) -> PostgresServer:
        """Return the server that the work is done on."""

    def submit_with_status(self, instance: DBInstance, during: str, work: Work, after: str) -> Future[None]:
        """Do `work` in the background; the instance's status is `during`, then `after`.

        Where it fails the status is `failed`, or `incompatible-parameters` where the server refuses its
        parameter group's values, as on AWS; after NothingDoneError it is the one from before.
        """
        before, instance.status = instance.status, during

        def task() -> None:
            with self._locks[instance.resource_id]:
                try:
                    status = self.outcome(instance, during, work, after)
                except NothingDoneError as error:
                    LOG.error("DB instance %s (%s): %s", instance.identifier, during, error)
                    status = before
            with self._stores.lock:
                instance.status = status

        return self._pool.submit(task)

    def submit(self, work: Callable[[], None]) -> Future[None]:
        """Do in the background what concerns no server."""
        return self._pool.submit(work)

    def submit_without_status(self, instance: DBInstance, doing: str, work: Work) -> Future[None]:
        """Do `work` in the background, without a word in the instance's status."""

        def task() -> None:
            with self._locks[instance.resource_id]:
                self._attempt(instance, doing, work)

        return self._pool.submit(task)

    def submit_if_idle(self, instance: DBInstance, work: Work) -> Future[None]:
        """Do `work` in the background on an available instance; where something else is going on, nothing."""

        def task() -> None:
            lock = self._locks[instance.resource_id]
            if not lock.acquire(blocking=False):
                return
            try:
                if instance.status == "available" and not self.closing.is_set():
                    work(self.of(instance))
            finally:
                lock.release()

        return self._pool.submit(task)

    @contextlib.contextmanager
    def undisturbed(self, instance: DBInstance, timeout_s: float) -> Iterator[PostgresServer]:
        """Yield an instance's server while no work with it is going on. Raises TimeoutError."""
        lock = self._locks[instance.resource_id]
        if not lock.acquire(timeout=timeout_s):
            raise TimeoutError(f"DB instance {instance.identifier} is {instance.status} for too long")
        try:
            yield self.of(instance)
        finally:
            lock.release()

    def change_status(self, instance: DBInstance, before: str, after: str) -> bool:
        """Unless the status is another one by now."""
        with self._stores.lock:
            if instance.status != before:
                return False
            instance.status = after
            return True

    def outcome(self, instance: DBInstance, doing: str, work: Work, after: str) -> str:
        """Do `work`; the status it leads to. The caller has the instance's lock. Raises NothingDoneError."""
        broken = self._attempt(instance, doing, work)
        if broken:
            self.events.record(instance, event_messages.BROKEN[broken])
        return broken or after

    def close(self) -> None:
        """Wait for what is going on, and begin nothing else."""
        self.closing.set()
        self.events.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _attempt(self, instance: DBInstance, doing: str, work: Work) -> str | None:
        """Do `work`; None, or the status of an instance with which it failed. Raises NothingDoneError."""
        try:
            work(self.of(instance))
        except NothingDoneError:
            raise
        except StandbyLostError as error:  # the monitor tries again
            LOG.warning("DB instance %s (%s): %s", instance.identifier, doing, error)
        except ServerError as error:
            LOG.error("DB instance %s (%s): %s", instance.identifier, doing, error)
            return "incompatible-parameters" if "FATAL" in error.output else "failed"
        except ServerHomeLostError as error:
            LOG.error("DB instance %s (%s): %s", instance.identifier, doing, error)
            return "failed"
        except Exception:
            LOG.exception("DB instance %s (%s)", instance.identifier, doing)
            return "failed"
        return None
