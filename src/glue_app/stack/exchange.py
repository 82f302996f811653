"""One stack in another's place, as one transaction: killed at any point, the next command finds its journal.

`<state>/run/exchange.json` says how far it came, `<state>/replaced/` holds what was set aside.

phase   what is where                                          what an unfinished one is settled by
out     the old stack is on its way to `replaced/`             moving it back
in      the old one lies aside, the new one takes its place    putting the new one away, then as `out`
done    the new one ran                                        removing what lies aside

Nothing in `replaced/` is removed before `done`: before that it is only moved, by renames within one disk.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from glue_app.bootstrap import owned
from glue_app.bootstrap.stamps import write_atomically
from glue_app.disk import durable
from glue_app.emulator.state.saves import Saves
from glue_app.stack.errors import StackError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord

OUT, IN, DONE = "out", "in", "done"
_DISCARDED = "discarded-"


class JournalDamagedError(StackError):
    """An exchange was under way, and nobody can tell how far it came. Nothing was touched."""

    def __init__(self, journal: Path, aside: Path) -> None:
        super().__init__(
            f"{journal} can't be read: a restore was interrupted, what was set aside lies in {aside}. "
            f"Look there, put back what is missing beside it, then remove both"
        )


@dataclass(frozen=True)
class Journal:
    """An exchange under way. `generation`: of the stack that takes the place."""

    engine: str
    generation: str
    phase: str = OUT

    @classmethod
    def read(cls, layout: StateLayout) -> Journal | None:
        """Return the exchange under way, None when there is none. Raise JournalDamagedError."""
        try:
            found = cls(**json.loads(layout.journal.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise JournalDamagedError(layout.journal, layout.replaced) from error
        if found.phase not in (OUT, IN, DONE):
            raise JournalDamagedError(layout.journal, layout.replaced)
        return found

    def write(self, layout: StateLayout, phase: str) -> Journal:
        """Write it down at `phase`, on the disk before this returns, and return it."""
        moved = Journal(self.engine, self.generation, phase)
        write_atomically(layout.journal, json.dumps(asdict(moved)), mode=0o600)
        durable.sync(layout.journal)
        durable.sync(layout.journal.parent)
        return moved


class Exchange:
    """The moves of one state folder. What runs there has ended before any of them."""

    def __init__(self, layout: StateLayout) -> None:
        self._layout = layout

    def begin(self, journal: Journal) -> Journal:
        """Set aside what a stack is brought back from; its place is empty then."""
        self._keep_strangers()
        journal = journal.write(self._layout, OUT)
        move(self._layout.kept(), self._layout.root, self._layout.replaced)
        return journal.write(self._layout, IN)

    def undo(self, journal: Journal) -> None:
        """Put the old stack back in its place, whole; safe to repeat after a kill."""
        layout = self._layout
        if journal.phase == IN:  # what lies in the place is the new one's, or a part of it
            bin_ = Path(tempfile.mkdtemp(prefix=_DISCARDED, dir=layout.root))
            move(layout.kept(), layout.root, bin_)
            journal.write(layout, OUT)
        move(StateLayout(layout.replaced).kept(), layout.replaced, layout.root)
        self._close()

    def finish(self, journal: Journal) -> None:
        """Remove what lies aside: the new stack ran."""
        journal.write(self._layout, DONE)
        remove([self._layout.replaced])
        self._close()

    def settle(
        self, lives: Callable[[StackRecord], bool], undo: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        """Finish an interrupted exchange whose new stack runs, undo any other; do nothing where none was.

        lives: whether the stack of a record runs. undo: the engine's own way back.
        """
        journal = Journal.read(self._layout)
        if journal is None:
            return
        record = StackRecord.read(self._layout.record)
        runs = record is not None and record.generation == journal.generation and lives(record)
        if journal.phase == DONE or (journal.phase == IN and runs):
            self.finish(journal)
            say("an interrupted restore is finished: the restored stack is there")
        else:
            undo()

    # ------------------------------------------------------------------ where what is kept can only be copied
    def begin_copy(self, journal: Journal) -> None:
        """Note that what lies aside from now on is a copy under way."""
        self._keep_strangers()
        journal.write(self._layout, OUT)

    def copied(self, journal: Journal) -> Journal:
        """Force the copy to the disk, whole: only then may what it was made of be changed."""
        for path in sorted(self._layout.replaced.rglob("*"), reverse=True):  # a folder after what is in it
            if not path.is_symlink() and (path.is_file() or path.is_dir()):
                durable.sync(path)
        durable.sync(self._layout.replaced)
        return journal.write(self._layout, IN)

    def drop_copy(self) -> None:
        """Remove an unfinished copy: what it was made of was not touched."""
        remove([self._layout.replaced])
        self._close()

    def put_back(self) -> None:
        """Close an exchange whose copy was put back; the copy stays aside until its stack has run."""
        self._close()

    # ------------------------------------------------------------------ a stack that begins anew
    def leave_behind(self) -> Path | None:
        """Set aside the saves that no stack could be brought back from; None where there are none."""
        layout = self._layout
        if not Saves(layout.root).holds_any():
            return None
        place = self.place_to_leave()
        move(layout.kept(), layout.root, place)
        return place

    def place_to_leave(self) -> Path:
        """Return a name that is free in `left-behind`."""
        place = self._layout.left_behind / time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        while place.exists():
            place = place.with_name(place.name + "+")
        return place

    def _close(self) -> None:
        """Clear up, the journal last: killed before, the next command comes here again."""
        for folder in (self._layout.replaced / "terraform", self._layout.replaced):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        remove([path for path in entries_of(self._layout.root) if path.name.startswith(_DISCARDED)])
        self._layout.journal.unlink(missing_ok=True)
        durable.sync(self._layout.journal.parent)

    def _keep_strangers(self) -> None:
        """Keep what lies aside without a journal: an earlier version's, it may be all there is of a stack."""
        replaced = self._layout.replaced
        if replaced.exists():
            place = self._layout.left_behind / time.strftime("%Y%m%d-%H%M%S-replaced", time.gmtime())
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replaced.rename(place)


def entries_of(folder: Path) -> list[Path]:
    """Return what lies in `folder`; nothing where there is none."""
    return list(folder.iterdir()) if folder.is_dir() else []


def move(paths: list[Path], root: Path, to: Path) -> None:
    """Move each path below `root` to the same place below `to`, on the disk before this returns."""
    for path in paths:
        if path.exists() or path.is_symlink():
            target = to / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.rename(target)
            durable.sync(target.parent)
            durable.sync(path.parent)


def remove(paths: list[Path]) -> None:
    """Remove as much of them as can be. Symbolic links go, what they lead to stays."""
    for path in paths:
        owned.remove(path)
