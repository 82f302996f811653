"""`.state/env.sh`: shell exports with which any AWS client, and terraform by hand, talk to the stack."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from scripts.bootstrap import session_manager_plugin
from scripts.bootstrap.stamps import write_atomically
from scripts.bootstrap.toolchain import Toolchain
from scripts.settings import Settings
from scripts.stack.layout import StateLayout
from scripts.stack.record import StackRecord
from scripts.stack.terraform import STATE_COMMANDS, aws_environment, terraform_variables

_UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "TF_WORKSPACE")


def exports(settings: Settings, toolchain: Toolchain, record: StackRecord) -> dict[str, str]:
    """Every variable of the file."""
    layout = StateLayout(settings.state)
    state = layout.terraform_state(record.generation)
    return {
        **aws_environment(record.endpoint),
        "S3_HOSTNAME": "127.0.0.1",  # tflocal's: its own default, s3.localhost.localstack.cloud, needs a DNS
        "TF_CLI_CONFIG_FILE": toolchain.terraform_rc,
        "TF_DATA_DIR": str(layout.terraform_data),
        **{f"TF_CLI_ARGS_{command}": f"-state={state}" for command in STATE_COMMANDS},
        "TF_CLI_ARGS_show": str(state),
        **terraform_variables(layout, record),
    }


def render(variables: dict[str, str], folders: Iterable[str]) -> str:
    """The file's text; sourcing it twice changes nothing more. folders: put on PATH, at its end."""
    lines = ["# written by make up: source it to talk to the stack (. .state/env.sh)"]
    lines += [f"unset {' '.join(_UNSET)}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    for folder in folders:
        lines += [
            f"tools={shlex.quote(folder)}",
            'case ":$PATH:" in *":$tools:"*) ;; *) export PATH="$PATH:$tools" ;; esac',
        ]
    lines += ["unset tools"]
    return "\n".join(lines) + "\n"


def _folders(settings: Settings, toolchain: Toolchain) -> Iterator[str]:
    """Where tflocal and aws are, and the Session Manager plugin where it was built."""
    yield f"{toolchain.host}/bin"
    if session_manager_plugin.built(settings.tools):
        yield str(session_manager_plugin.folder(settings.tools))


def write(settings: Settings, toolchain: Toolchain, record: StackRecord) -> None:
    """In one move."""
    text = render(exports(settings, toolchain, record), _folders(settings, toolchain))
    write_atomically(StateLayout(settings.state).env_file, text)
