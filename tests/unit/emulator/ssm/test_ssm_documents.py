"""Session documents, and the preferences in one of them."""

from __future__ import annotations

import pytest

from glue_app.emulator.ssm.documents import AWS_DOCUMENTS, SessionDocument, aws_document
from glue_app.emulator.ssm.exceptions import InvalidParameters
from glue_app.emulator.ssm.preferences import Preferences

REMOTE = SessionDocument.of_content("remote", AWS_DOCUMENTS["AWS-StartPortForwardingSessionToRemoteHost"])
LOCAL = SessionDocument.of_content("local", AWS_DOCUMENTS["AWS-StartPortForwardingSession"])


def test_parameters_fill_the_properties_in() -> None:
    given = {"host": ["db.example"], "portNumber": ["5432"], "localPortNumber": ["15432"]}
    assert REMOTE.filled_in(given) == {
        "type": "LocalPortForwarding",
        "host": "db.example",
        "portNumber": "5432",
        "localPortNumber": "15432",
    }


def test_what_is_not_given_has_its_default() -> None:
    """The plugin takes any free port for 0."""
    assert LOCAL.filled_in({}) == {
        "type": "LocalPortForwarding",
        "portNumber": "80",
        "localPortNumber": "0",
    }


@pytest.mark.parametrize("port", ["1", "80", "5432", "65535"])
def test_ports_there_are(port: str) -> None:
    assert REMOTE.filled_in({"portNumber": [port]})["portNumber"] == port


@pytest.mark.parametrize(
    "given",
    [
        *({"portNumber": [port]} for port in ("0", "65536", "99999", "-1", "5432 ", "")),
        {"localPortNumber": ["70000"]},
        {"portNumber": []},
        {"portNumber": ["1", "2"]},
        *({"host": [host]} for host in ("a;b.c", "ab", "$(id)", "a|b.c", "")),
        {"unknown": ["x"]},
    ],
)
def test_what_no_document_takes(given: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidParameters):
        REMOTE.filled_in(given)


def test_an_own_document_may_name_its_values() -> None:
    """allowedValues, and a parameter without a default."""
    document = SessionDocument(
        "own",
        "Port",
        {"db": {"allowedValues": ["gold"]}},
        {"host": "{{db}}.example", "other": "{{ unknown }}"},
    )
    assert document.filled_in({"db": ["gold"]}) == {"host": "gold.example", "other": "{{ unknown }}"}
    for given in ({"db": ["silver"]}, {}):
        with pytest.raises(InvalidParameters):
            document.filled_in(given)


def test_awss_documents_can_be_read() -> None:
    answer = aws_document("AWS-StartPortForwardingSession")
    assert answer is not None
    assert answer["DocumentType"] == "Session"
    assert aws_document("SSM-SessionManagerRunShell") is None


def test_preferences_are_minutes_as_text() -> None:
    """What is empty or outside of AWS's limits is the default."""
    found = Preferences.of_inputs({"idleSessionTimeout": "5", "maxSessionDuration": "60", "kmsKeyId": "k"})
    assert found == Preferences(5, 60, "k")
    for inputs in ({}, {"idleSessionTimeout": "", "maxSessionDuration": "x"}, {"idleSessionTimeout": "61"}):
        assert Preferences.of_inputs(inputs) == Preferences(20, None, None)
