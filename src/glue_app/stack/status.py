"""What `make status` prints: what runs, how each part is, what is applied. Looks only."""

from __future__ import annotations

from glue_app.bootstrap.stamps import is_held
from glue_app.stack.context import StackContext
from glue_app.stack.exchange import Journal, entries_of
from glue_app.stack.record import StackRecord


def report(context: StackContext) -> bool:
    """Print how the stack stands. Return True when it is whole."""
    say, layout = context.say, context.layout
    record = context.record()
    if Journal.read(layout):
        say("a restore was interrupted; `make up` finishes or undoes it")
    if record is None:
        say("no stack is running here; `make up` starts one")
        return False
    health = context.engine.health(record)
    say(
        f"engine {record.engine}, Glue {record.glue_version}, generation {record.generation}, "
        f"endpoint {record.endpoint}"
    )
    for name, state in health.items():
        process = record.processes.get(name)
        say(f"  {name:<14}{state:<24}{f'pid {process.pid}' if process else ''}".rstrip())
    say(f"  {'egress guard':<14}{context.engine.egress_guard(record)}")
    say(f"  {'terraform':<14}{applied(context, record)}")
    if left := entries_of(layout.left_behind):
        say(f"stacks that could not be brought back: {len(left)}, in {layout.left_behind}")
    return all(state == "healthy" for state in health.values())


def applied(context: StackContext, record: StackRecord) -> str:
    """Return how far the stack is what `infra/` says."""
    terraform = context.terraform(record)
    if terraform.is_applied(terraform.inputs()):
        return "applied"
    if not terraform.interrupted:
        return "not applied, or changed since"
    return "an apply is running" if is_held(context.layout.lock) else "apply was interrupted"
