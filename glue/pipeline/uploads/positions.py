"""What the order of uploads is known to be, beyond what the tables' rows say: one small JSON a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

DATASET = ""
"""The head of a snapshot of the whole dataset."""
_SPLIT = "~"


@dataclass(frozen=True)
class Positions:
    """A row is labelled with the position of the upload that wrote it. A later upload that says the very same
    does not write it again; that it did is kept here.

    ``heads``: object (or DATASET) → position of its newest snapshot. ``raised``: label → position of the
    upload that has said all of the label's rows again. ``record_key``: what the rows' keys were made of.
    """

    heads: Mapping[str, str] = field(default_factory=dict)
    raised: Mapping[str, str] = field(default_factory=dict)
    record_key: str | None = None
    """None: nobody has written it down yet."""

    @classmethod
    def of(cls, data: Mapping[str, Any] | None) -> Positions:
        """Read what ``to_dict`` wrote; None where nothing was."""
        return cls(**data) if data else cls()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        key = {} if self.record_key is None else {"record_key": self.record_key}
        return {"heads": dict(self.heads), "raised": dict(self.raised), **key}

    def effective(self, label: str) -> str:
        """Return the position of the newest upload that says the rows of ``label``."""
        return self.raised.get(label, label).rstrip(_SPLIT)

    def spare(self, label: str, taken: Mapping[str, Any]) -> str:
        """Return a label of the same position as ``label``, which no row and no entry has."""
        other = self.effective(label) + _SPLIT
        while other == label or other in taken or other in self.raised:
            other += _SPLIT
        return other

    def own(self, at: str) -> str:
        """Return the label of rows that the upload at ``at`` writes: one that no later upload has raised."""
        while at in self.raised:
            at += _SPLIT
        return at

    def with_head(self, scope: str, at: str) -> Positions:
        return replace(self, heads={**self.heads, scope: max(at, self.heads.get(scope, at))})

    def with_raised(self, labels: Mapping[str, str], alive: Mapping[str, Any]) -> Positions:
        """Add ``labels``, and forget those that no row has any more."""
        raised = {label: at for label, at in self.raised.items() if label in alive}
        return replace(self, raised=raised | dict(labels))

    def with_record_key(self, record_key: str) -> Positions:
        return replace(self, record_key=record_key)
