"""What agent and plugin agree upon before data flows: the session's type, and its encryption.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html; the fields are those of the
agent's and the plugin's public sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from glue_app.emulator.ssm.channel.errors import HandshakeError
from glue_app.emulator.ssm.channel.message import json_object

#: what the agent says it is; to one after 3.1.1511.0 the plugin sends no keep-alives, which never idle
AGENT_VERSION = "3.3.3050.0"
#: the agent gives up after that
TIMEOUT_S = 15.0
TIMEOUT_OUTPUT = (
    "Handshake timed out. Please ensure that you have the latest version of the session manager plugin."
)
ENCRYPTED = "This session is encrypted using AWS KMS."

_SUCCESS = 1
_KMS_ENCRYPTION, _SESSION_TYPE = "KMSEncryption", "SessionType"


def request(session_type: str, properties: Mapping[str, str], kms_key_id: str | None) -> bytes:
    """Return the first payload. properties: those of the session's document, parameters filled in."""
    actions: list[dict[str, Any]] = [
        {
            "ActionType": _SESSION_TYPE,
            "ActionParameters": {"SessionType": session_type, "Properties": dict(properties)},
        }
    ]
    if kms_key_id:
        parameters = {"KMSKeyId": kms_key_id}
        actions.insert(0, {"ActionType": _KMS_ENCRYPTION, "ActionParameters": parameters})
    return json.dumps({"AgentVersion": AGENT_VERSION, "RequestedClientActions": actions}).encode()


def results(response: bytes) -> dict[str, Any]:
    """Return what the client made of each action: {type: result}.

    Raises HandshakeError with the client's reason for one that failed, MalformedMessageError.
    """
    processed = json_object(response).get("ProcessedClientActions")
    if not isinstance(processed, list) or not all(isinstance(one, dict) for one in processed):
        raise HandshakeError("the client answers no actions")
    for one in processed:
        if one.get("ActionStatus") != _SUCCESS:
            raise HandshakeError(f"{one.get('ActionType')} failed on client: {one.get('Error')}")
    found = {str(one.get("ActionType")): one.get("ActionResult") for one in processed}
    if _SESSION_TYPE not in found:
        raise HandshakeError("the client answers no session type")
    return found


def encrypted_data_key(found: Mapping[str, Any]) -> str:
    """Return the data key that the client got of KMS, as base64. Raises HandshakeError."""
    result = found.get(_KMS_ENCRYPTION)
    key = result.get("KMSCipherTextKey") if isinstance(result, dict) else None
    if not isinstance(key, str):
        raise HandshakeError("the client answers no data key")
    return key


def complete(seconds: float, customer_message: str) -> bytes:
    """Return the last payload: from here on the client opens its port. The plugin prints the message."""
    nanoseconds = int(seconds * 1_000_000_000)
    return json.dumps({"HandshakeTimeToComplete": nanoseconds, "CustomerMessage": customer_message}).encode()
