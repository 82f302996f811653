"""Which operations of RDS are emulated, and by whom; docs/parity.md shows the same."""

from __future__ import annotations

#: answered by moto alone: none, its instances are not servers
MOTO_OPERATIONS: frozenset[str] = frozenset()
