"""What a reprocess would do: which source versions, why, in which order, and what it would cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from glue_app.operations.currency import Currency
from glue_app.operations.errors import UsageError
from glue_app.operations.source_versions import SourceVersion
from pipeline.errors import UnreadableFileError
from pipeline.reading.kinds import kind_of

CURRENT = "current: the contract, the model and the prompt are those of now"
_BEFORE = "before SINCE"
_NO_UPLOAD = "no file that the pipeline reads"
_CLEAN = "without rows in quarantine"
_SAME_MODEL = "answered by the model and prompt of now"


@dataclass(frozen=True)
class Choice:
    """Which source versions the user means. ``force``: those that are current, too."""

    since: datetime | None = None
    quarantined: bool = False
    model: bool = False
    force: bool = False

    @classmethod
    def of(cls, since: str, quarantined: bool, model: bool, force: bool) -> Choice:
        """``since``: a date, or a date and time, in UTC unless it says otherwise. Raises UsageError."""
        return cls(moment(since) if since else None, quarantined, model, force)

    def __str__(self) -> str:
        words = [f"SINCE={self.since:%Y-%m-%dT%H:%M:%SZ}"] if self.since else []
        flags = {"QUARANTINED=1": self.quarantined, "MODEL=1": self.model, "FORCE=1": self.force}
        return " ".join(words + [name for name, on in flags.items() if on])


@dataclass(frozen=True)
class Item:
    """One source version to process, and why."""

    version: SourceVersion
    why: str


@dataclass(frozen=True)
class Plan:
    """``items``: in the order of the uploads. ``skipped``: reason → how many."""

    items: Sequence[Item] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return sum(item.version.size for item in self.items)

    @property
    def rows(self) -> int:
        """Of those whose rows were counted before."""
        return sum(item.version.rows or 0 for item in self.items)


def moment(text: str) -> datetime:
    """Read a date or a date and time. Raises UsageError."""
    try:
        at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"SINCE={text}: neither a date nor a time", "SINCE=2026-01-31T09:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def plan(
    versions: Sequence[SourceVersion],
    choice: Choice,
    currency: Currency,
    done: Collection[str] = (),
) -> Plan:
    """Choose from ``versions``, which are in order.

    done: digests of those that this reprocess has been through.
    """
    items: list[Item] = []
    skipped: Counter[str] = Counter()
    for version in versions:
        reason = _left_out(version, choice, currency)
        if reason is None and version.source.digest in done:
            reason = "done before this run of the command"
        if reason is not None:
            skipped[reason] += 1
        else:
            items.append(Item(version, _why(version, currency)))
    return Plan(items, skipped)


def _left_out(version: SourceVersion, choice: Choice, currency: Currency) -> str | None:
    """Why a source version is not processed; None where it is."""
    if not _is_read(version):
        return _NO_UPLOAD
    if choice.since is not None and version.modified_at < choice.since:
        return _BEFORE
    if choice.quarantined and version.is_in_silver and not version.refused:
        return _CLEAN
    if choice.model and (not version.is_in_silver or not currency.asks_otherwise(version.marker)):
        return _SAME_MODEL
    if not choice.force and currency.is_of_now(version.marker):
        return CURRENT
    return None


def _is_read(version: SourceVersion) -> bool:
    try:
        kind_of(version.source.key, version.source.uri)
    except UnreadableFileError:
        return False
    return version.size > 0


def _why(version: SourceVersion, currency: Currency) -> str:
    if not version.is_in_silver:
        return "not in Silver: its run failed, or there was none"
    if version.marker["contract_digest"] != currency.silver_digest:
        return "the contract has changed"
    if currency.asks_otherwise(version.marker):
        return "another model or prompt answered"
    return "FORCE=1"
