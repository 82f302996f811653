"""Session Manager's API as boto3 sees it: who is managed, what is refused, what is told of sessions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.integration.local_stack import REGION, LocalStack
from tests.integration.ssm.tunnel import TO_REMOTE_HOST
from tests.integration.ssm.vpc import CORE, Vpc
from tests.support.polling import wait_for
from tests.support.websocket_client import WebSocketClient

POLICY_VIOLATION = 1008
REMOTE = {"host": ["10.9.0.9"], "portNumber": ["5432"], "localPortNumber": ["15432"]}


@pytest.fixture
def ssm(client: Callable[[str], Any]) -> Any:
    return client("ssm")


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """Code and message of the error."""
    with pytest.raises(ClientError) as error:
        call(**request)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def start(ssm: Any, vpc: Vpc, **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ssm.start_session(
        **{
            "Target": vpc.instance_id,
            "DocumentName": TO_REMOTE_HOST,
            "Parameters": REMOTE,
            **request,
        }
    )
    return answer


def opening(token: str) -> str:
    """The first message of a client."""
    return json.dumps({"MessageSchemaVersion": "1.0", "RequestId": "r", "TokenValue": token, "ClientId": "c"})


def test_an_instance_is_managed_when_its_agent_may_speak_and_has_a_way(ssm: Any, vpc: Vpc) -> None:
    """Otherwise it is in no list, and a session to it is refused with AWS's words."""
    without = {
        "no profile": vpc.run_instance(None),
        "no policy": vpc.run_instance(vpc.instance_profile()),
        "no way": vpc.run_instance(vpc.instance_profile(CORE), group="gold"),
    }
    found = ssm.describe_instance_information()["InstanceInformationList"]
    managed = {one["InstanceId"]: one["PingStatus"] for one in found}
    assert managed.get(vpc.instance_id) == "Online"
    assert ssm.get_connection_status(Target=vpc.instance_id)["Status"] == "connected"
    for reason, instance_id in without.items():
        assert instance_id not in managed, reason
        assert ssm.get_connection_status(Target=instance_id)["Status"] == "notconnected"
        code, message = refused(
            ssm.start_session, Target=instance_id, DocumentName=TO_REMOTE_HOST, Parameters=REMOTE
        )
        assert (code, message) == ("TargetNotConnected", f"{instance_id} is not connected.")


def test_the_rights_of_the_agent_may_be_written_by_hand(
    ssm: Any, vpc: Vpc, client: Callable[[str], Any]
) -> None:
    """Any policy will do that allows what the agent calls; a Deny takes it back."""
    profile = vpc.instance_profile()
    instance_id = vpc.run_instance(profile)
    statement = {
        "Effect": "Allow",
        "Action": ["ssm:UpdateInstanceInformation", "ssmmessages:*"],
        "Resource": "*",
    }
    iam = client("iam")
    iam.put_role_policy(
        RoleName=profile,
        PolicyName="agent",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    assert ssm.get_connection_status(Target=instance_id)["Status"] == "connected"
    denied = {**statement, "Effect": "Deny", "Action": "ssmmessages:OpenDataChannel"}
    iam.put_role_policy(
        RoleName=profile,
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": denied}),
    )
    assert ssm.get_connection_status(Target=instance_id)["Status"] == "notconnected"


def test_a_stopped_instance_has_lost_its_connection(ssm: Any, vpc: Vpc, client: Callable[[str], Any]) -> None:
    """It stays in the list while it is there; a terminated one goes."""
    instance_id = vpc.run_instance(vpc.instance_profile(CORE))

    def ping_status() -> list[str]:
        filters = [{"Key": "InstanceIds", "Values": [instance_id]}]
        found = ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]
        return [one["PingStatus"] for one in found]

    assert ping_status() == ["Online"]
    client("ec2").stop_instances(InstanceIds=[instance_id])
    assert ping_status() == ["ConnectionLost"]
    client("ec2").terminate_instances(InstanceIds=[instance_id])
    assert ping_status() == []


def test_what_start_session_refuses(ssm: Any, vpc: Vpc) -> None:
    """Documents that are none of Session Manager's, parameters that are none of the document's."""
    ssm.create_document(
        Name="a-command",
        DocumentType="Command",
        Content=json.dumps({"schemaVersion": "2.2", "description": "x", "mainSteps": []}),
    )

    def error(**request: Any) -> tuple[str, str]:
        return refused(lambda: start(ssm, vpc, **request))

    assert error(DocumentName="none") == ("InvalidDocument", "Document with name none does not exist.")
    assert error(DocumentName="a-command")[0] == "InvalidDocument"
    assert error(Parameters={**REMOTE, "portNumber": ["70000"]})[0] == "InvalidParameters"
    assert error(Parameters={**REMOTE, "portNumber": ["1", "2"]})[0] == "InvalidParameters"
    assert error(Parameters={**REMOTE, "host": ["a;b"]})[0] == "InvalidParameters"
    assert error(Parameters={"socket": ["x"]})[0] == "InvalidParameters"
    assert error(DocumentName="AWS-StartPortForwardingSession")[0] == "InvalidParameters"
    assert error(Target="i-0123456789abcdef0")[0] == "TargetNotConnected"
    assert refused(ssm.start_session, Target=vpc.instance_id)[0] == "InvalidDocument"


def test_a_document_of_the_accounts_own(ssm: Any, vpc: Vpc) -> None:
    """One that allows a single database starts a session, one for a shell is not emulated and says so."""
    content = {"schemaVersion": "1.0", "sessionType": "Port", "parameters": {}}
    content["properties"] = {"portNumber": "5432", "host": "10.9.0.9", "type": "LocalPortForwarding"}
    ssm.create_document(Name="gold-only", DocumentType="Session", Content=json.dumps(content))
    shell = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {}}
    ssm.create_document(Name="a-shell", DocumentType="Session", Content=json.dumps(shell))

    assert start(ssm, vpc, DocumentName="gold-only", Parameters={})["TokenValue"]
    assert refused(lambda: start(ssm, vpc, DocumentName="a-shell", Parameters={}))[0] == (
        "NotEmulatedByGlueApp"
    )
    document = json.loads(ssm.get_document(Name=TO_REMOTE_HOST)["Content"])
    assert set(document["parameters"]) == {"host", "portNumber", "localPortNumber"}


def test_sessions_are_described(ssm: Any, vpc: Vpc) -> None:
    """By state, filtered, in pages, the newest first."""
    started = [start(ssm, vpc, Reason=f"number {number}")["SessionId"] for number in range(3)]
    ssm.terminate_session(SessionId=started[1])
    mine = [{"key": "Target", "value": vpc.instance_id}, {"key": "Status", "value": "Connecting"}]

    active = ssm.describe_sessions(State="Active", Filters=mine, MaxResults=1)
    assert [one["SessionId"] for one in active["Sessions"]] == [started[2]]
    more = ssm.describe_sessions(State="Active", Filters=mine, MaxResults=1, NextToken=active["NextToken"])
    assert [one["SessionId"] for one in more["Sessions"]] == [started[0]]
    found = more["Sessions"][0]
    assert (found["Reason"], found["Target"], found["DocumentName"]) == (
        "number 0",
        vpc.instance_id,
        TO_REMOTE_HOST,
    )
    assert found["Owner"].startswith("arn:aws:iam::")
    ended = ssm.describe_sessions(State="History", Filters=[{"key": "SessionId", "value": started[1]}])
    assert [one["Status"] for one in ended["Sessions"]] == ["Terminated"]
    assert ended["Sessions"][0]["EndDate"] >= ended["Sessions"][0]["StartDate"]
    future = [{"key": "InvokedAfter", "value": "2100-01-01T00:00:00Z"}]
    assert ssm.describe_sessions(State="Active", Filters=future)["Sessions"] == []

    assert refused(ssm.describe_sessions, State="Active", NextToken="?")[0] == "InvalidNextToken"
    assert refused(ssm.terminate_session, SessionId="nobody-0123456789abcdef0")[0] == "DoesNotExistException"
    assert refused(ssm.resume_session, SessionId="nobody-0123456789abcdef0")[0] == "DoesNotExistException"
    assert "TokenValue" not in ssm.resume_session(SessionId=started[1])


def test_a_data_channel_takes_its_own_token_once(ssm: Any, vpc: Vpc) -> None:
    """A wrong one, another session's, a used one, and one that ResumeSession has replaced are refused."""
    first, second = start(ssm, vpc), start(ssm, vpc)

    def answer(session: dict[str, Any], token: str) -> str | bytes | int:
        with WebSocketClient(session["StreamUrl"]) as socket:
            socket.send(opening(token))
            return socket.receive()

    assert answer(first, "wrong") == POLICY_VIOLATION
    assert answer(first, second["TokenValue"]) == POLICY_VIOLATION
    assert isinstance(answer(first, first["TokenValue"]), bytes)  # the handshake's request
    assert answer(first, first["TokenValue"]) == POLICY_VIOLATION
    resumed = ssm.resume_session(SessionId=second["SessionId"])
    assert answer(second, second["TokenValue"]) == POLICY_VIOLATION
    assert isinstance(answer(second, resumed["TokenValue"]), bytes)


@pytest.mark.parametrize("malformed", [b"", b"x" * 40, b"\0" * 200, "text"])
def test_a_malformed_message_ends_its_session_only(
    stack: LocalStack, ssm: Any, vpc: Vpc, malformed: bytes | str
) -> None:
    """Its client is told; the emulator goes on."""
    session = start(ssm, vpc)
    with WebSocketClient(session["StreamUrl"]) as socket:
        socket.send(opening(session["TokenValue"]))
        assert isinstance(socket.receive(), bytes)
        socket.send(malformed)
        assert b"channel_closed" in _last_message(socket)
        assert socket.receive() == 1000
    filters = [{"key": "SessionId", "value": session["SessionId"]}]
    wait_for(
        "the session to end",
        lambda: ssm.describe_sessions(State="History", Filters=filters)["Sessions"],
    )


def _last_message(socket: WebSocketClient) -> bytes:
    """After the handshake's request, which comes again while nobody acknowledges it."""
    while True:
        message = socket.receive()
        assert isinstance(message, bytes)
        if b"AgentVersion" not in message:
            return message


def test_bytes_that_are_no_websocket_frame_close_the_connection(ssm: Any, vpc: Vpc) -> None:
    """With the code of a broken protocol; the session waits for its client to come back."""
    session = start(ssm, vpc)
    with WebSocketClient(session["StreamUrl"]) as socket:
        socket.send(opening(session["TokenValue"]))
        assert isinstance(socket.receive(), bytes)
        socket.send_raw(b"\xff" * 64)
        while isinstance(found := socket.receive(), bytes):
            pass  # the handshake's request again
        assert found == 1002
    assert ssm.resume_session(SessionId=session["SessionId"])["TokenValue"]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_an_https_endpoint_has_a_wss_channel(stack: LocalStack, vpc: Vpc) -> None:
    """On the same port. The gateway's certificate is signed by nobody that a client knows."""
    by_https = boto3.client(
        "ssm",
        endpoint_url=stack.endpoint.replace("http:", "https:"),
        verify=False,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    session = start(by_https, vpc)
    assert session["StreamUrl"].startswith(f"wss://127.0.0.1:{stack.edge_port}/")
    with WebSocketClient(session["StreamUrl"]) as socket:
        socket.send(opening(session["TokenValue"]))
        assert isinstance(socket.receive(), bytes)
