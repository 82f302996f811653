"""Runs the steps that aren't done, side by side where they don't need one another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from glue_app.bootstrap import owned
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.context import Context, Step
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.layout import tools_dir
from glue_app.bootstrap.stamps import Stamp, digest_of, exclusive
from glue_app.bootstrap.steps import steps_for
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.glue_versions import GlueVersion, asked_for

FORMAT = "1"  # raise it when what the steps leave behind changes: everything is looked at anew


def prepare(
    console: Console,
    tools: Path | None = None,
    steps: Iterable[Step] | None = None,
    glue: GlueVersion | None = None,
) -> Toolchain:
    """Find or make everything that is needed for one version of Glue: GLUE_VERSION's, if none is given.

    Raise BootstrapError, SettingError.

    Quick when all is done (only stamps are read). Safe to run twice at a time: one works, the others wait.
    Killed at any point it goes on the next time: a step's stamp is written when the step is complete.
    """
    folder = tools or tools_dir()
    glue = glue or asked_for()
    wanted = steps_for(glue) if steps is None else tuple(steps)
    owned.require(folder, owned.TOOLS)
    context = Context(folder, console, Toolchain.load(folder, glue.name), glue)
    if not _due(context, wanted):
        return context.toolchain
    waiting_for = "another bootstrap is at work: waiting for it"
    owned.claim(folder, owned.TOOLS)
    with exclusive(folder / "lock", waiting_for, console.line, with_children=True):
        context.toolchain = Toolchain.load(folder, glue.name)
        due = _due(context, wanted)
        if due:
            console.line(f"bootstrap: preparing {folder} ({len(due)} of {len(wanted)} steps to do)")
            started = time.monotonic()
            _run_all(context, wanted, _with_dependents({step.name for step in due}, wanted))
            console.line(f"bootstrap: ready after {time.monotonic() - started:.0f} s")
    return context.toolchain


def digest(step: Step, context: Context) -> str:
    """Return the digest of everything that would make the step's result another one."""
    return digest_of([FORMAT, step.name, str(context.tools), *step.inputs(context)])


def _due(context: Context, steps: tuple[Step, ...]) -> list[Step]:
    return [step for step in steps if not _is_done(step, context)]


def _is_done(step: Step, context: Context) -> bool:
    stamp = Stamp.read(context.tools, step.name)
    return stamp is not None and stamp.valid_for(digest(step, context))


def _with_dependents(names: set[str], steps: tuple[Step, ...]) -> set[str]:
    """And the steps that build on them: whether these have to be done shows once theirs are."""
    found = set(names)
    for step in steps:  # in order: a step stands after those it needs
        if found.intersection(step.after):
            found.add(step.name)
    return found


def _run_all(context: Context, steps: tuple[Step, ...], due: set[str]) -> None:
    """Each step once the steps it needs are done; after a failure the running ones are let finish."""
    finished = {step.name for step in steps if step.name not in due}
    waiting = [step for step in steps if step.name in due]
    running: dict[Future[None], Step] = {}
    failure: BaseException | None = None
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        while waiting or running:
            if failure is None:
                for step in [s for s in waiting if finished.issuperset(s.after)]:
                    waiting.remove(step)
                    running[pool.submit(_run_one, step, context)] = step
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                step = running.pop(future)
                failure = failure or future.exception()
                finished.add(step.name)
    if failure is not None:
        raise failure


def _run_one(step: Step, context: Context) -> None:
    if _is_done(step, context):
        return
    started = time.monotonic()
    with context.console.step(step.title, step.doing):
        try:
            done = step.run(context)
        except OSError as e:
            raise BootstrapError(f"{step.title}: {e}", log=context.log(step.name)) from e
    context.toolchain.update(done.values)
    Stamp.write(context.tools, step.name, digest(step, context), done.values, done.files)
    context.console.say(step.title, f"{done.summary}  [{time.monotonic() - started:.1f} s]")
