"""The diagnostic instance (infra/diag.tf) of the running stack: on, off, and the way through it to Gold."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glue_app.stack.errors import StackError

ON, OFF = {"TF_VAR_diag_enabled": "true"}, {"TF_VAR_diag_enabled": "false"}
LOCAL_PORT = 15432
_DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
_PASSWORD_OF = "import json, sys; print(json.load(sys.stdin)['password'])"  # noqa: S105 - asks for it


class NotOnError(StackError):
    """The command needs the diagnostic instance."""

    def __init__(self) -> None:
        super().__init__("there is no diagnostic instance", "make diag-on")


class ChangesLeftError(StackError):
    """Terraform would still change something after the instance was removed."""

    def __init__(self, changes: str) -> None:
        self.changes = changes
        super().__init__(f"an apply would still change the stack:\n{changes}", "make apply")


def kept_variables(state: Path) -> dict[str, str]:
    """Return the variables with which an apply for another reason leaves the instance alone where it is."""
    try:
        resources = json.loads(state.read_text(encoding="utf-8"))["resources"]
    except (OSError, ValueError, KeyError):
        return {}
    return ON if any(_is_ours(resource) for resource in resources) else {}


def procedure(outputs: Mapping[str, Any], user: str, env_file: str, plugin: Path | None) -> str:
    """Return the operator's commands, ready to be pasted. Raise NotOnError.

    outputs: Terraform's. plugin: the Session Manager plugin, None where the machine has none.
    """
    instance = outputs.get("diag_instance_id")
    if not instance:
        raise NotOnError
    parameters = {
        "host": [outputs["gold_address"]],
        "portNumber": [str(outputs["gold_port"])],
        "localPortNumber": [str(LOCAL_PORT)],
    }
    session = (
        f"aws ssm start-session --target {instance} --document-name {_DOCUMENT} "
        f"--parameters {shlex.quote(json.dumps(parameters))}"
    )
    secret = f"aws secretsmanager get-secret-value --secret-id {shlex.quote(outputs['gold_secret_arn'])}"
    lines = [
        f"Gold through the diagnostic instance {instance}. In one terminal, the session:",
        f"    . {env_file}",
        f"    {session}",
        "in another one, once that says `Waiting for connections...`:",
        f"    . {env_file}",
        f'    export PGPASSWORD="$({secret} --query SecretString --output text'
        f' | python3 -c "{_PASSWORD_OF}")"',
        f"    psql -h localhost -p {LOCAL_PORT} -U {user} -d {outputs['gold_database']}",
        "Ctrl-C ends the session, `make diag-off` removes the instance.",
    ]
    if plugin is None:
        lines.append("This machine has no Session Manager plugin: make session-manager-plugin && make env")
    return "\n".join(lines)


def _is_ours(resource: Mapping[str, Any]) -> bool:
    kind = (resource.get("mode"), resource.get("type"), resource.get("name"))
    return kind == ("managed", "aws_instance", "diag") and bool(resource.get("instances"))
