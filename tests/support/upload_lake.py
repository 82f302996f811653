"""Silver in memory: the job's own rules in SQLite, and its commits in the job's order, without Spark."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from pipeline.uploads import decisions
from pipeline.uploads.position import position, sequencer
from pipeline.uploads.positions import DATASET, Positions
from pipeline.uploads.regrouping import regroup
from tests.support.upload_model import Seen, accepted
from tests.support.upload_sequences import DELETE, Row, Rules, Upload

_STATE = "record_key, object, label, eff, seq, deleted, content, place, payload, source"
_SILVER, _ASIDE = "silver", "aside"
Labels = dict[tuple[str, str, str], str]
"""(record key, object, place) → the label that the row gets."""


def position_of(upload: Upload) -> str:
    return position(upload.modified_at, upload.uri, sequencer(upload.sequencer), upload.version)


@dataclass(frozen=True)
class Stored:
    """A row of one of the two tables."""

    row: Row
    object: str
    label: str


@dataclass
class MemoryLake:
    """Both tables and the positions. ``written``: rows that the last run wrote or deleted; ``superseded``:
    rows of it that a later one had said already.
    """

    rules: Rules
    silver: dict[str, Stored] = field(default_factory=dict)
    aside: dict[tuple[str, str], Stored] = field(default_factory=dict)
    positions: Positions = field(default_factory=Positions)
    written: int = 0
    superseded: int = 0

    def run(self, upload: Upload, dies_after: int | None = None) -> None:
        """Process an upload; killed after so many commits."""
        self.written = self.superseded = 0
        at = position_of(upload)
        incoming = {repr(key): row for key, row in accepted(self.rules, upload).items()}
        snapshot = self.rules.mode == "snapshot"
        scope = upload.uri if self.rules.scope == "object" else DATASET
        if snapshot and self._newest(scope) > at:
            return
        given = {"position": at, "object": scope if snapshot else ""}
        db = self._database(scope, incoming)
        if not snapshot:
            gone = {key for key, _ in db.execute(decisions.SUPERSEDED, given)}
            self.superseded = len(gone)
            db.executemany("DELETE FROM incoming WHERE record_key = ?", [(key,) for key in gone])
            self._touch(db, at, incoming.keys() - gone)
        rule = decisions.SNAPSHOT if snapshot else decisions.LATEST
        db.execute(f"CREATE TABLE desired AS {rule}", given)
        split: Labels = {}
        raised: dict[str, str] = {}
        if not snapshot:
            split, raised = self._regroup(db, at)
        changes = db.execute(decisions.CHANGES).fetchall()
        commits = self._commits(changes, split, incoming, upload, at)
        for number, commit in enumerate(commits):
            if number == dies_after:
                return
            commit()
        if len(commits) == dies_after:
            return
        if snapshot:
            self.positions = self.positions.with_head(scope, at)
        else:
            self.positions = self.positions.with_raised(raised, self._labels())

    def seen(self) -> Counter[Seen]:
        """What readers of Silver see."""
        return Counter((r.row.id, str(r.row.value), r.row.at, r.row.op) for r in self.silver.values())

    def _newest(self, scope: str) -> str:
        rows = [*self.silver.values(), *self.aside.values()]
        labels = [stored.label for stored in rows if scope in (DATASET, stored.object)]
        return max([*labels, self.positions.heads.get(scope, "")], default="")

    def _labels(self) -> Counter[str]:
        return Counter(stored.label for stored in [*self.silver.values(), *self.aside.values()])

    def _regroup(self, db: sqlite3.Connection, at: str) -> tuple[Labels, dict[str, str]]:
        found = regroup(
            dict(db.execute(decisions.SAID_AGAIN, {"position": at})), self._labels(), self.positions, at
        )
        db.executemany("INSERT INTO regrouping VALUES (?, 1)", [(label,) for label in found.rewritten])
        said = {key for (key,) in db.execute("SELECT record_key FROM desired")}
        split = {
            key: found.split[stored.label]
            for key, stored in self._rows()
            if stored.label in found.split and key[0] not in said
        }
        return split, dict(found.raised)

    def _rows(self) -> Iterable[tuple[tuple[str, str, str], Stored]]:
        """(record key, object, place) → row."""
        yield from (((key, "", _SILVER), stored) for key, stored in self.silver.items())
        yield from (((*key, _ASIDE), stored) for key, stored in self.aside.items())

    def _database(self, scope: str, incoming: dict[str, Row]) -> sqlite3.Connection:
        db = sqlite3.connect(":memory:")
        db.execute("CREATE TABLE incoming (record_key, seq, deleted, content, payload)")
        db.execute("CREATE TABLE regrouping (label, rewritten)")
        db.execute(f"CREATE TABLE state ({_STATE})")
        for key, row in incoming.items():
            deleted = int(row.op == DELETE)
            db.execute(
                "INSERT INTO incoming VALUES (?, ?, ?, ?, ?)", (key, row.at, deleted, repr(row), repr(row))
            )
        for (key, _, place), stored in self._rows():
            db.execute(
                f"INSERT INTO state VALUES ({', '.join('?' * 10)})", self._state(key, place, stored, scope)
            )
        return db

    def _state(self, key: str, place: str, stored: Stored, scope: str) -> tuple[object, ...]:
        by_object = self.rules.mode == "snapshot" and self.rules.scope == "object"
        known = self.positions.effective(stored.label)
        if self.rules.mode == "snapshot":
            known = max(known, self.positions.heads.get(stored.object if by_object else DATASET, ""))
        deleted = int(stored.row.op == DELETE)
        shown, packed = repr(stored.row), repr((key, stored.object, place))
        owner = stored.object if by_object else ""
        return key, owner, stored.label, known, stored.row.at, deleted, shown, place, packed, stored.object

    def _touch(self, db: sqlite3.Connection, at: str, keys: set[str]) -> None:
        """Leave the rows in question: of these records, and what this upload said and now does not."""
        for (key,) in db.execute("SELECT DISTINCT record_key FROM state WHERE eff <> ?", (at,)).fetchall():
            if key not in keys:
                db.execute("DELETE FROM state WHERE record_key = ? AND eff <> ?", (key, at))

    def _commits(
        self,
        changes: list[tuple[str, str, str, str, str]],
        split: Labels,
        incoming: dict[str, Row],
        upload: Upload,
        at: str,
    ) -> list[Callable[[], None]]:
        """As the job commits: what goes aside, Silver, what comes back from aside."""
        fresh = {repr(row): Stored(row, upload.uri, self.positions.own(at)) for row in incoming.values()}
        held = {repr((key, stored.object, place)): stored for (key, _, place), stored in self._rows()}
        aside_puts, aside_deletes, puts, deletes = {}, [], {}, []
        for target, action, key, owner, payload in changes:
            if target == _SILVER:
                if action == "delete":
                    deletes.append(key)
                else:
                    puts[key] = (fresh | held)[payload]
            elif action == "delete":
                aside_deletes.append((key, owner))
            else:
                aside_puts[key, owner] = (fresh | held)[payload]
        for (key, owner, place), label in split.items():
            if place == _SILVER:
                puts[key] = replace(self.silver[key], label=label)
            else:
                aside_puts[key, owner] = replace(self.aside[key, owner], label=label)
        self.written = len(aside_puts) + len(aside_deletes) + len(puts) + len(deletes)

        def put_aside() -> None:
            self.aside |= aside_puts

        def merge() -> None:
            self.silver |= puts
            for key in deletes:
                del self.silver[key]

        def clear_aside() -> None:
            for one in aside_deletes:
                del self.aside[one]

        return [put_aside, merge, clear_aside]
