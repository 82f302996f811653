"""Pickles of what the services hold, at C speed: the default pickler, and an answer for what it refuses.

LocalStack's own `localstack.state.pickle` is pure Python (5 times slower) and fails on executions and on
moto's parameters. Loading a pickle runs what it says: load only what this stack has written.
"""

from __future__ import annotations

import collections
import io
import pickle
import queue
import threading
from collections.abc import Mapping
from types import FunctionType, SimpleNamespace
from typing import Any

import dill  # type: ignore[import-untyped]
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.itemprocessor.map_run_record import (  # noqa: E501
    MapRunRecordPoolManager,
)
from localstack.services.stepfunctions.asl.eval.event.event_manager import EventManager
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stores import AccountRegionBundle
from moto.core.base_backend import BackendDict
from moto.logs.models import LogStream

from . import log_chunks

#: what of an Execution belongs to its process: threads, a client of CloudWatch Logs, a mock for tests
_OF_ITS_PROCESS = ("exec_worker", "_cloud_watch_logging_session", "local_mock_test_case")


class UnknownContainerError(pickle.PickleError):
    """Raised where an object points at a container that no service of the list holds."""


def dumps(value: Any, containers: Mapping[str, Any]) -> bytes:
    """`value` as bytes; a reference to one of `containers` (by name) stays one.

    Raises RuntimeError where a thread changed a collection meanwhile: try again.
    """
    buffer = io.BytesIO()
    _Pickler(buffer, {id(held): name for name, held in containers.items()}).dump(value)
    return buffer.getvalue()


def loads(data: bytes, containers: Mapping[str, Any]) -> Any:
    """Return what `dumps` was given; references lead to `containers`."""
    return _Unpickler(io.BytesIO(data), containers).load()


class _Pickler(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO, names: Mapping[int, str]) -> None:
        super().__init__(buffer, protocol=5)
        self._names = names

    def persistent_id(self, value: Any) -> str | None:
        if not isinstance(value, BackendDict | AccountRegionBundle):
            return None
        if id(value) not in self._names:
            raise UnknownContainerError(f"a reference to the container of {value.service_name}")
        return self._names[id(value)]

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind in (_LOCK, _RLOCK, threading.Event):  # whoever holds it is not saved
            return _FRESH[kind], ()
        if isinstance(value, Execution):
            return _reduce_execution(value)
        if isinstance(value, LogStream):
            return object.__new__, (kind,), log_chunks.state_for_a_save(value)
        if isinstance(value, queue.Queue):
            # not is_shutdown: it is set when the process stops, and nothing could be received again
            kept = {name: value.__dict__[name] for name in ("maxsize", "unfinished_tasks")}
            return _restore_queue, (kind, kept, value.queue)
        if isinstance(value, collections.defaultdict) and kind is not collections.defaultdict:
            items = iter(list(dict.items(value)))  # its own may load more
            return _restore_defaultdict, (kind, value.default_factory), dict(value.__dict__), None, items
        if kind is FunctionType and "<" in value.__qualname__:  # a lambda, or local to a function
            return dill.loads, (dill.dumps(value, recurse=True),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, buffer: io.BytesIO, containers: Mapping[str, Any]) -> None:
        super().__init__(buffer)
        self._containers = containers

    def persistent_load(self, name: str) -> Any:
        if name not in self._containers:
            raise UnknownContainerError(f"a reference to the container {name}")
        return self._containers[name]


_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())
_FRESH: dict[Any, Any] = {_LOCK: threading.Lock, _RLOCK: threading.RLock, threading.Event: threading.Event}


def _reduce_execution(execution: Any) -> Any:
    environment = execution.exec_worker.env if execution.exec_worker else None
    # not by get_event_history, which takes a mutex: the worker holds it while it sends a log event, and that
    # request waits at the gate which the save holds
    history = environment.event_manager._history_event_list if environment else []
    state = {name: value for name, value in execution.__dict__.items() if name not in _OF_ITS_PROCESS}
    return _restore_execution, (type(execution), list(history)), state


def _restore_execution(kind: Any, history: list[Any]) -> Any:
    """Restore an execution with its history and without a worker: it does not go on."""
    events = EventManager()
    events._history_event_list.extend(history)
    events._event_id_gen._next_id = len(history) + 1
    environment = SimpleNamespace(event_manager=events, map_run_record_pool_manager=MapRunRecordPoolManager())
    execution = kind.__new__(kind)
    execution.__dict__.update(dict.fromkeys(_OF_ITS_PROCESS))
    execution.exec_worker = SimpleNamespace(env=environment, stop=_nothing)
    return execution


def _nothing(**_: Any) -> None:
    """Stop a worker that is none."""


def _restore_queue(kind: Any, kept: dict[str, Any], items: Any) -> Any:
    made = kind()
    made.__dict__.update(kept)
    made.queue = items  # a heap or a deque, in its order
    return made


def _restore_defaultdict(kind: Any, factory: Any) -> Any:
    """moto's ParameterDict wants to know its account: without its factory the first write fails."""
    made = kind.__new__(kind)
    collections.defaultdict.__init__(made, factory or list)
    return made
