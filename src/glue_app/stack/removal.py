"""Remove what a stack keeps, and what glue-app put into its folders. Nothing of others is touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from glue_app import package
from glue_app.bootstrap import owned
from glue_app.stack.context import StackContext


def forget(context: StackContext) -> None:
    """End the stack and remove what it kept: `up` begins anew. Logs and snapshots stay."""
    with context.exclusive():
        context.require_own_engine()
        context.engine.forget()


def clean(context: StackContext, tools: bool) -> None:
    """Do as `forget`, and empty the state folder and `glue/dist` of what is ours; with `tools` the tools too.

    Raise NotOursError before anything is touched.
    """
    settings = context.settings
    kinds = {settings.state: owned.STATE, package.DIST: owned.DIST}
    kinds |= {settings.tools: owned.TOOLS} if tools else {}
    for folder, kind in kinds.items():
        owned.require(folder, kind)
    forget(context)
    for nested in _nested(settings.state):
        context.engine_of(nested).forget()
        for folder, kind in ((nested / "snapshots", owned.SNAPSHOTS), (nested, owned.STATE)):
            owned.clear(folder, kind, keep=[settings.snapshots])
    for folder, kind in kinds.items():
        left = owned.clear(folder, kind, keep=[settings.snapshots])
        context.say(f"removed {folder}" if not left else f"emptied {folder}; not ours: {', '.join(left)}")


def _nested(state: Path) -> Iterator[Path]:
    """Yield the stacks that `make test` and `make bench` make for themselves, in this one's folder."""
    for pattern in ("test*", "bench-*"):
        for folder in sorted(state.glob(pattern)):
            with suppress(owned.NotOursError):
                owned.require(folder, owned.STATE)
                owned.require(folder / "snapshots", owned.SNAPSHOTS)
                if folder.is_dir() and not folder.is_symlink():
                    yield folder
