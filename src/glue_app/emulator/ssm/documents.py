"""Session documents: AWS's own two for port forwarding, and those of the account.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.ssm.exceptions import InvalidDocument, InvalidParameters

PREFERENCES = "SSM-SessionManagerRunShell"
PORT = "Port"
_PORT_NUMBER = (
    "^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$"
)
_LOCAL_PORT_NUMBER = _PORT_NUMBER.replace("[1-9]|", "[0-9]|", 1)
_HOST = r"""^[^,$^&\(\)!;'"<>`{}\[\]\|#=]{3,}$"""


def _aws_document(description: str, **more: tuple[str, str]) -> dict[str, Any]:
    """more: parameters besides the two ports, each with its pattern and default."""
    patterns = {"portNumber": (_PORT_NUMBER, "80"), "localPortNumber": (_LOCAL_PORT_NUMBER, "0"), **more}
    return {
        "schemaVersion": "1.0",
        "description": description,
        "sessionType": PORT,
        "parameters": {
            name: {"type": "String", "allowedPattern": pattern, "default": default}
            for name, (pattern, default) in patterns.items()
        },
        "properties": {
            "type": "LocalPortForwarding",
            **{name: f"{{{{ {name} }}}}" for name in patterns},
        },
    }


AWS_DOCUMENTS: Mapping[str, Mapping[str, Any]] = {
    "AWS-StartPortForwardingSession": _aws_document(
        "Document to start port forwarding session over Session Manager"
    ),
    "AWS-StartPortForwardingSessionToRemoteHost": _aws_document(
        "Document to start port forwarding session over Session Manager to remote host",
        host=(_HOST, "localhost"),
    ),
}


@dataclass(frozen=True)
class SessionDocument:
    """A document as far as a session depends on it."""

    name: str
    session_type: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_content(cls, name: str, content: Mapping[str, Any]) -> SessionDocument:
        return cls(
            name,
            str(content.get("sessionType")),
            content.get("parameters") or {},
            content.get("properties") or {},
            content.get("inputs") or {},
        )

    def filled_in(self, given: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Return the properties with the parameters' values. Raises InvalidParameters."""
        for name in given:
            if name not in self.parameters:
                raise InvalidParameters.unknown(name)
        values = {name: self._value(name, given.get(name)) for name in self.parameters}
        return {name: _replaced(str(text), values) for name, text in self.properties.items()}

    def _value(self, name: str, given: Sequence[str] | None) -> str:
        parameter = self.parameters[name]
        if given is None:
            if "default" not in parameter:
                raise InvalidParameters.missing(name)
            return str(parameter["default"])
        if len(given) != 1:
            raise InvalidParameters.not_one_value(name)
        pattern = parameter.get("allowedPattern")
        if pattern and not re.search(pattern, given[0]):
            raise InvalidParameters.not_allowed(name, pattern)
        if "allowedValues" in parameter and given[0] not in parameter["allowedValues"]:
            raise InvalidParameters.not_allowed(name, "|".join(parameter["allowedValues"]))
        return given[0]


def find(scope: Scope, name: str) -> SessionDocument:
    """Find a Session document. Raises InvalidDocument for one that does not exist, or is of another type."""
    if name in AWS_DOCUMENTS:
        return SessionDocument.of_content(name, AWS_DOCUMENTS[name])
    ssm = connect_to(aws_access_key_id=scope.account_id, region_name=scope.region).ssm
    try:
        found = ssm.get_document(Name=name)
    except ClientError as error:
        raise InvalidDocument.not_there(name) from error
    if found.get("DocumentType") != "Session":
        raise InvalidDocument.of_another_type(str(found.get("DocumentType")))
    content: dict[str, Any] = yaml.safe_load(found["Content"])  # JSON is YAML
    return SessionDocument.of_content(name, content)


def aws_document(name: str) -> dict[str, Any] | None:
    """Return the answer of GetDocument for a document of AWS's, None for another."""
    if name not in AWS_DOCUMENTS:
        return None
    return {
        "Name": name,
        "DocumentVersion": "1",
        "Status": "Active",
        "Content": json.dumps(AWS_DOCUMENTS[name], indent=2),
        "DocumentType": "Session",
        "DocumentFormat": "JSON",
    }


def _replaced(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"{{\s*(\w+)\s*}}", lambda found: values.get(found[1], found[0]), text)
