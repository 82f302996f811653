"""What a service keeps: one store an account and region, and the lock that guards them all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from glue_app.emulator.service.scope import Scope

Store = TypeVar("Store")


class Stores(Generic[Store]):
    """The stores of one service. Read and change what is in them under `lock`: no request holds it long.

    A store is a dataclass of plain values that can be pickled: a save of the stack keeps it as it is.
    """

    def __init__(self, new: Callable[[], Store]) -> None:
        """Begin with no store. new: makes an empty store, so the dataclass itself."""
        self.lock = threading.RLock()
        self._new = new
        self._stores: dict[Scope, Store] = {}

    def of(self, scope: Scope) -> Store:
        """Return the store of an account and region, an empty one where nothing was kept yet."""
        with self.lock:
            return self._stores.setdefault(scope, self._new())

    def items(self) -> list[tuple[Scope, Store]]:
        """List every store with its scope."""
        with self.lock:
            return list(self._stores.items())

    def kept(self) -> dict[Scope, Store]:
        """Return what a save keeps. The caller holds `lock`, also while it pickles."""
        return dict(self._stores)

    def bring_back(self, kept: dict[Scope, Store]) -> None:
        """Have what `kept` gave, and nothing else."""
        with self.lock:
            self._stores.clear()
            self._stores.update(kept)
