"""Start a stack and apply `infra/` to it. The caller holds the stack's lock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from glue_app import package
from glue_app.bootstrap import trust
from glue_app.stack import env_file
from glue_app.stack.context import StackContext
from glue_app.stack.errors import TerraformFailedError
from glue_app.stack.record import StackRecord
from glue_app.stack.spark_training import Training
from glue_app.stack.words import PARTS, short


def package_job(context: StackContext) -> None:
    """Pack the job, which an apply uploads."""
    package.build(Path(context.toolchain.wheels), context.toolchain.glue_version)


def start(context: StackContext) -> StackRecord:
    """Start the stack's processes, or mend those that run. Raise StackError."""
    context.require_own_engine()
    context.require_own_port()
    record = context.engine.up()
    write_down(context, record)
    return record


def write_down(context: StackContext, record: StackRecord) -> None:
    """Keep what later commands and the developer's shell need of a stack that was started."""
    context.note_port(record)
    env_file.write(context.settings, context.toolchain, record)


def apply_if_changed(context: StackContext, record: StackRecord) -> None:
    """Apply, unless exactly this was applied already."""
    terraform = context.terraform(record)
    if terraform.is_applied(terraform.inputs()):
        context.say("nothing changed since the last apply (`make apply` looks all the same)")
        return
    apply(context, record)


def apply(context: StackContext, record: StackRecord, variables: Mapping[str, str] | None = None) -> None:
    """Apply, and save the stack with what was made. Raise TerraformFailedError.

    Where a killed apply can't be continued, an empty stack is begun: `record` is then that one's.
    """
    terraform = context.terraform(record, variables)
    resumed = terraform.interrupted
    training = Training(context.settings, context.toolchain, record)
    training.begin()
    try:
        terraform.apply()
    except TerraformFailedError as error:
        if not resumed:
            raise
        # killed between making a resource and writing it down, terraform can't know of it
        context.say(f"the interrupted apply can't be continued ({error.summary}): beginning anew")
        training.abandon()
        context.engine.leave()
        record.__dict__.update(start(context).__dict__)
        context.terraform(record, variables).apply()
    finally:
        training.finish(context.say)
    context.engine.save(record, "applied")


def apply_to_running(context: StackContext, variables: Mapping[str, str] | None = None) -> StackRecord:
    """Apply to the stack that runs, whatever it was applied with. Raise NotRunningError, StackError."""
    record = context.running()
    context.require_own_version(record)
    package_job(context)
    apply(context, record, variables)
    return record


def greet(context: StackContext, record: StackRecord) -> None:
    """Say what runs, and how to go on."""
    context.say(
        f"up: engine {record.engine} (ENGINE=… to choose another), Glue {record.glue_version} "
        f"(GLUE_VERSION=…), endpoint {record.endpoint}"
    )
    env = short(context.layout.env_file)
    context.say(f"    talk to it:  . {env}   (AWS_ENDPOINT_URL, keys and region for aws, boto3, terraform)")
    context.say("    next:        make e2e · make run CSV=… DATASET=… · make status · make logs · make psql")
    context.say(f"    {trust.warning(PARTS[record.engine])}")
