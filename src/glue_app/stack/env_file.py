"""`.state/env.sh`: what points a shell's AWS clients at the stack, and `.state/env-off.sh`, which ends that.

The shell has then what it had before: a profile that was lost would let the next call go to another account.

Nothing in it concerns other Terraform projects: where the stack's Terraform state lies is known to
`.state/bin/terraform` alone, which names it in `infra/` and is the user's own terraform anywhere else.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from glue_app.bootstrap import owned, session_manager_plugin
from glue_app.bootstrap.stamps import write_atomically
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import REGION, Settings
from glue_app.stack import terraform_shim
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from glue_app.stack.terraform import STATE_COMMANDS, aws_environment

# a real account's: they would come before the stack's, or lead somewhere else
_UNSET = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)  # fmt: skip
# … by service, or by the machine
_UNSET_BY_PATTERN = ("AWS_ENDPOINT_URL_[A-Z0-9_]+", "AWS_CONTAINER_[A-Z0-9_]+")
_ADDED = "GLUE_APP_ON_PATH"
# what this file set for every folder, in earlier versions: shells may still have it
_OF_OLD = (
    "TF_DATA_DIR", "TF_VAR_glue_version", "TF_VAR_extra_datasets", "TF_CLI_ARGS_show",
    *(f"TF_CLI_ARGS_{command}" for command in STATE_COMMANDS),
)  # fmt: skip
# what the shell has before the first stack's env.sh, as lines of a script, in a variable that is not exported
_KEEP = """\
if [ -z "${{{added}-}}" ]; then
    glue_app_before=
    for glue_app_name in $(env | sed -nE 's/^({names})=.*/\\1/p'); do
        eval "glue_app_value=\\$$glue_app_name"
        glue_app_value=$(printf '%s\\n' "$glue_app_value" | sed "s/'/'\\\\\\\\''/g")
        glue_app_before="$glue_app_before export $glue_app_name='$glue_app_value';"
    done
fi
for glue_app_name in $(env | sed -nE 's/^({patterns})=.*/\\1/p'); do unset "$glue_app_name"; done
unset glue_app_name glue_app_value"""
_ON_PATH = """\
glue_app_tools={folder}
case ":$PATH:" in
*":$glue_app_tools:"*) ;;
*)
    export PATH="{new}"
    export {added}="$glue_app_tools:${{{added}-}}"
    ;;
esac"""
_OFF = """\
if [ -n "${{{added}-}}" ]; then
    unset {variables}
    if [ -n "${{glue_app_before+set}}" ]; then
        eval "$glue_app_before"
    else
        echo "env-off.sh: only the shell that sourced env.sh knows what AWS's variables were before:" \\
            "here they are unset" >&2
    fi
fi
while [ -n "${{{added}-}}" ]; do
    glue_app_tools="${{{added}%%:*}}"
    {added}="${{{added}#*:}}"
    case ":$PATH:" in
    *":$glue_app_tools:"*)
        PATH=":$PATH:"
        PATH="${{PATH%%:"$glue_app_tools":*}}:${{PATH#*:"$glue_app_tools":}}"
        PATH="${{PATH#:}}"
        PATH="${{PATH%:}}"
        ;;
    esac
done
unset {added} glue_app_tools glue_app_before"""


def exports(settings: Settings, toolchain: Toolchain, record: StackRecord) -> dict[str, str]:
    """Return every variable of the file, but PATH."""
    layout = StateLayout(settings.state)
    return {
        **aws_environment(record.endpoint),
        "AWS_CONFIG_FILE": str(layout.aws / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(layout.aws / "credentials"),
        "S3_HOSTNAME": "127.0.0.1",  # tflocal's: its own default, s3.localhost.localstack.cloud, needs a DNS
        "TF_CLI_CONFIG_FILE": toolchain.terraform_rc,
    }


def write(settings: Settings, toolchain: Toolchain, record: StackRecord) -> None:
    """Write each file in one move, `env.sh` last."""
    layout = StateLayout(settings.state)
    variables = exports(settings, toolchain, record)
    _write_aws_files(layout, record)
    terraform_shim.write(layout, toolchain, record)
    write_atomically(layout.env_off_file, _off(layout, variables), mode=0o600)
    text = _on(layout, variables, _folders(settings, toolchain))
    write_atomically(layout.env_file, text, mode=0o600)


def withdraw(layout: StateLayout) -> None:
    """No stack runs: nothing to be pointed at. A shell that still is gets out by `env-off.sh`."""
    for path in (layout.env_file, layout.bin, layout.aws):
        owned.remove(path)


def _on(layout: StateLayout, variables: dict[str, str], folders: Iterable[str]) -> str:
    """Return the text of env.sh. Sourcing it twice changes nothing more.

    folders: put on PATH at its end; the shim comes first.
    """
    lines = [
        "# written by make up: points this shell's aws, boto3 and terraform at the stack (. .state/env.sh)",
        f"# and before this shell goes anywhere else:  . {shlex.quote(str(layout.env_off_file))}",
        _KEEP.format(
            added=_ADDED,
            names="|".join([*variables, *_UNSET, *_UNSET_BY_PATTERN]),
            patterns="|".join(_UNSET_BY_PATTERN),
        ),
        f"unset {' '.join(_UNSET)}",
        _forget_old(layout),
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        _ON_PATH.format(folder=shlex.quote(str(layout.bin)), new="$glue_app_tools:$PATH", added=_ADDED),
        *(
            _ON_PATH.format(folder=shlex.quote(folder), new="$PATH:$glue_app_tools", added=_ADDED)
            for folder in folders
        ),
        "unset glue_app_tools",
    ]
    return "\n".join(lines) + "\n"


def _off(layout: StateLayout, variables: dict[str, str]) -> str:
    lines = [
        "# written by make up: gives the shell what it had before env.sh, PATH with it (. .state/env-off.sh)",
        _forget_old(layout),
        _OFF.format(added=_ADDED, variables=" ".join(variables)),
    ]
    return "\n".join(lines) + "\n"


def _forget_old(layout: StateLayout) -> str:
    place = shlex.quote(str(layout.root))
    return f'case "${{TF_DATA_DIR-}}" in {place}/*) unset {" ".join(_OF_OLD)} ;; esac'


def _folders(settings: Settings, toolchain: Toolchain) -> Iterator[str]:
    """Where tflocal and aws are, and the Session Manager plugin where it was built."""
    yield f"{toolchain.host}/bin"
    if session_manager_plugin.built(settings.tools):
        yield str(session_manager_plugin.folder(settings.tools))


def _write_aws_files(layout: StateLayout, record: StackRecord) -> None:
    """In the place of the user's own: a profile of theirs is not found, rather than used by mistake."""
    aws = aws_environment(record.endpoint)
    about = f"# glue-app's, of a shell that sourced env.sh: it leaves by . {layout.env_off_file}\n[default]\n"
    _write(layout.aws / "config", f"{about}region = {REGION}\nendpoint_url = {record.endpoint}\n")
    _write(
        layout.aws / "credentials",
        f"{about}aws_access_key_id = {aws['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {aws['AWS_SECRET_ACCESS_KEY']}\n",
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, text, mode=0o600)
