"""The patch xml_characters: XML that any parser reads, whatever a request said."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from localstack.aws.api import CommonServiceException
from localstack.aws.protocol.serializer import BaseXMLResponseSerializer, create_serializer
from localstack.aws.spec import load_service

from glue_app.emulator.host.patches import xml_characters
from glue_app.emulator.host.patches.patch import original

ODD = ["a\0b", "\x1b[0m", "\ufffe", "\ud800", "<a>&'\"", "]]>", "\x0b"]


@pytest.fixture(autouse=True)
def patched() -> None:
    xml_characters.apply()


def test_localstack_still_writes_a_nul() -> None:
    root = ElementTree.Element("a")
    root.text = "\0"
    write = original(BaseXMLResponseSerializer, "_node_to_string")
    serializer = create_serializer(load_service("rds"), "query")

    assert b"\0" in write(serializer, root, "text/xml")


@pytest.mark.parametrize("text", ODD)
def test_an_error_that_quotes_the_request(text: str) -> None:
    """It is XML; what XML can't carry is replaced, the rest stays."""
    service = load_service("rds")
    error = CommonServiceException("InvalidParameterValue", f"Not {text} here", 400)
    operation = service.operation_model("StopDBInstance")
    answer = create_serializer(service, "query").serialize_error_to_response(error, operation, {}, "id")

    said = ElementTree.fromstring(answer.get_data()).findtext(".//{*}Message")  # noqa: S314
    assert said is not None
    assert said.startswith("Not ")
    assert said.endswith(" here")
