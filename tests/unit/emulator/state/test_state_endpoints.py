"""The endpoints' answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from localstack.http import Request

from glue_app.emulator.state.endpoints import SaveResource, SnapshotResource
from glue_app.emulator.state.saver import Saver
from glue_app.emulator.state.saves import Saves
from tests.unit.emulator.state.fake_host import FakeHost


def post(resource: SaveResource | SnapshotResource, body: Any) -> tuple[int, dict[str, Any]]:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = resource.on_post(Request("POST", "/_glue-app/state/x", body=text))
    return answer.status_code, json.loads(answer.get_data())


def test_a_save_is_answered_with_its_name_and_figures(saver: Saver, state: Path) -> None:
    status, answer = post(SaveResource(saver), {"reason": "make down", "hold": False})

    assert status == 200
    assert set(answer) == {"save", "seconds", "held_seconds", "bytes"}
    assert Saves(state).all()[0].manifest.reason == "make down"


def test_hold_closes_the_gate(saver: Saver, host: FakeHost) -> None:
    assert post(SaveResource(saver), {"reason": "make down", "hold": True})[0] == 200
    assert host.closed


def test_a_snapshot_is_made_where_it_is_wanted(saver: Saver, tmp_path: Path) -> None:
    assert post(SnapshotResource(saver), {"folder": str(tmp_path / "copy")})[0] == 200
    assert len(Saves(tmp_path / "copy").all()) == 1


@pytest.mark.parametrize("body", ["{", "[]", {"reason": 1}, {"hold": "yes"}])
def test_a_wrong_request_is_400(saver: Saver, body: Any) -> None:
    status, answer = post(SaveResource(saver), body)

    assert status == 400
    assert answer["error"]


@pytest.mark.parametrize("folder", [None, "relative", "/"])
def test_a_folder_that_cannot_be_is_400(saver: Saver, folder: Any) -> None:
    status, answer = post(SnapshotResource(saver), {"folder": folder})

    assert status == 400
    assert "absolute path that is not there yet" in answer["error"]


def test_requests_that_do_not_end_are_503(saver: Saver, host: FakeHost) -> None:
    host.busy = True

    status, answer = post(SaveResource(saver), {})

    assert status == 503
    assert "requests do not end" in answer["error"]


def test_terraform_at_work_is_409_for_a_snapshot(saver: Saver, terraform: Path, tmp_path: Path) -> None:
    (terraform / "applying").touch()

    assert post(SnapshotResource(saver), {"folder": str(tmp_path / "copy")})[0] == 409


def test_an_unexpected_error_is_500_and_says_what(saver: Saver, host: FakeHost) -> None:
    host.failures = [OSError("No space left on device")]

    status, answer = post(SaveResource(saver), {})

    assert status == 500
    assert answer == {"error": "OSError: No space left on device"}


def test_a_stack_that_keeps_nothing_says_so() -> None:
    for resource in (SaveResource(None), SnapshotResource(None)):
        status, answer = post(resource, {})
        assert status == 409
        assert "GLUE_APP_KEEP_STATE=1" in answer["error"]
