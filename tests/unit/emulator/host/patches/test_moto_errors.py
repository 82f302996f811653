"""The patch moto_errors: an error of moto's is XML, whatever it quotes of the request."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from moto.core.exceptions import RESTError
from moto.ec2.exceptions import EC2ClientError

from glue_app.emulator.host.patches import moto_errors, xml_characters
from glue_app.emulator.host.patches.patch import original


@pytest.fixture(autouse=True)
def patched() -> None:
    moto_errors.apply()


def test_moto_still_writes_it_as_it_is() -> None:
    template = original(EC2ClientError, "env").get_template("custom_response")
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(template.render(error_type="E", message="<a>", request_id_tag="R"))  # noqa: S314


@pytest.mark.parametrize("text", ["a\0b", "\x1b[0m", "\ufffe", "\ud800", "<a>&'\"", "]]>", "plain"])
def test_an_error_that_quotes_the_request(text: str) -> None:
    """EC2's, which moto does not escape, and the others', which are CDATA; the exception is unchanged."""
    for error in (EC2ClientError("InvalidID", f"Not {text} here"), RESTError("NotFound", f"Not {text} here")):
        said = ElementTree.fromstring(error.get_body().encode()).findtext(".//{*}Message")  # noqa: S314
        assert said == "Not " + xml_characters.UNSENDABLE.sub("\ufffd", text) + " here"
        assert error.message == f"Not {text} here"
