"""A session when the emulator ends and begins again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.ssm.tunnel import opened
from tests.integration.ssm.vpc import PORT, Vpc
from tests.integration.state.kept_stack import KeptStack, running_stack

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.embedded("ends LocalStack's process and starts it with a save"),
]


@pytest.fixture(scope="module")
def kept() -> Iterator[KeptStack]:
    """Both tests leave it running."""
    with running_stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def vpc(kept: KeptStack) -> Vpc:
    made = Vpc(kept.client)
    made.make()
    return made


def test_a_session_ends_with_the_emulator(kept: KeptStack, vpc: Vpc, plugin: Path, tmp_path: Path) -> None:
    """The plugin says why and ends; the next life has the session in its history."""
    with opened(kept.endpoint, vpc.instance_id, "10.9.0.9", PORT, tmp_path) as tunnel:
        kept.save("make down", hold=True)
        kept.localstack.stop()
        tunnel.wait_until_says("The emulator stops.")
        tunnel.wait_until_ended()

    kept.bring_back()
    ssm = kept.client("ssm")
    filters = [{"key": "SessionId", "value": tunnel.session_id}]
    assert ssm.describe_sessions(State="Active")["Sessions"] == []
    (ended,) = ssm.describe_sessions(State="History", Filters=filters)["Sessions"]
    assert ended["Status"] == "Terminated"
    assert "TokenValue" not in ssm.resume_session(SessionId=tunnel.session_id)
    assert ssm.get_connection_status(Target=vpc.instance_id)["Status"] == "connected"


def test_a_session_of_a_killed_emulator_has_ended(
    kept: KeptStack, vpc: Vpc, plugin: Path, tmp_path: Path
) -> None:
    """Nobody could tell the plugin: when it asks to resume, it is told that there is nothing to resume."""
    with opened(kept.endpoint, vpc.instance_id, "10.9.0.9", PORT, tmp_path) as tunnel:
        kept.save("with a session")
        kept.localstack.kill()
        kept.bring_back()
        assert "TokenValue" not in kept.client("ssm").resume_session(SessionId=tunnel.session_id)
