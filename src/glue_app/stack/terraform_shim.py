"""`.state/bin/terraform`: in `infra/` with the state of the running stack, elsewhere as if it were not there.

A variable of the shell (TF_DATA_DIR, TF_CLI_ARGS_plan=-state=…) would hold for every project of the user's: a
plan of theirs would want to destroy the stack. A program can look where it is.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from glue_app.bootstrap.stamps import write_atomically
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from glue_app.stack.terraform import INFRA, STATE_COMMANDS, terraform_variables

_TEXT = """\
#!/bin/sh
# written by make up: terraform, in infra/ with the state of the running stack
bin={bin} infra={infra} endpoint={endpoint}
folder=.
for word in "$@"; do
    case $word in
    -chdir=*) folder=${{word#-chdir=}} ;;
    -*) ;;
    *) break ;;
    esac
done
if [ "$(CDPATH= cd -- "$folder" 2>/dev/null && pwd -P)" = "$infra" ]; then
    if [ "${{AWS_ENDPOINT_URL-}}" != "$endpoint" ]; then
        echo "terraform: this shell was pointed at the stack and is no more: AWS_ENDPOINT_URL is" \\
            "'${{AWS_ENDPOINT_URL-}}', the stack's is $endpoint." \\
            "Back to it: . "{env}"; off to AWS: . "{off} >&2
        exit 1
    fi
    unset TF_WORKSPACE TF_CLI_ARGS
{exports}
    exec {terraform} "$@"
fi
IFS=:
case ":$PATH:" in
*":$bin:"*) behind=0 ;;
*) behind=1 ;;
esac
for place in $PATH; do # only what stands behind this one: another stack's would come back here
    if [ "$place" = "$bin" ]; then
        behind=1
    elif [ "$behind" = 1 ] && [ -x "$place/terraform" ]; then
        exec "$place/terraform" "$@"
    fi
done
exec {terraform} "$@"
"""


def write(layout: StateLayout, toolchain: Toolchain, record: StackRecord, infra: Path = INFRA) -> None:
    """Write it in one move: shells that have it on PATH use the new stack's state from then on."""
    exports = variables(layout, record)
    text = _TEXT.format(
        bin=shlex.quote(str(layout.bin)),
        infra=shlex.quote(os.path.realpath(infra)),
        endpoint=shlex.quote(record.endpoint),
        env=shlex.quote(str(layout.env_file)),
        off=shlex.quote(str(layout.env_off_file)),
        terraform=shlex.quote(toolchain.terraform or "terraform"),
        exports="\n".join(f"    export {name}={shlex.quote(value)}" for name, value in exports.items()),
    )
    layout.bin.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(layout.bin / "terraform", text, mode=0o700)


def variables(layout: StateLayout, record: StackRecord) -> dict[str, str]:
    """Return what `infra/` is worked on with, by `make apply` and by hand alike."""
    state = layout.terraform_state(record.generation)
    return {
        "TF_DATA_DIR": str(layout.terraform_data),
        **{f"TF_CLI_ARGS_{command}": f"-state={shlex.quote(str(state))}" for command in STATE_COMMANDS},
        "TF_CLI_ARGS_show": shlex.quote(str(state)),
        **terraform_variables(layout, record),
    }
