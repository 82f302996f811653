"""The patch post_form_errors: what S3 answers to a form from which no object can be made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from localstack.aws.api import ServiceException
from localstack.services.s3.provider import S3Provider
from rolo import Request

from glue_app.emulator.host.patches import post_form_errors
from glue_app.emulator.host.patches.patch import original


def part(name: str, data: bytes, filename: str = "") -> bytes:
    of = f'; filename="{filename}"' if filename else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{of}\r\n\r\n'.encode() + data + b"\r\n"


KEY, FILE, END = part("key", b"k"), part("file", b"data", "f"), b"--b--\r\n"
MALFORMED = "The body of your POST request is not well-formed multipart/form-data."
ONE_FILE = "POST requires exactly one file upload per request."
KEY_MISSING = (
    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
)
TOO_LARGE = "Your POST request fields preceding the upload file were too large."
WRONG = [
    ("multipart/form-data", KEY + FILE + END, "MalformedPOSTRequest", MALFORMED),
    ("multipart/form-data; boundary=other", KEY + FILE + END, "MalformedPOSTRequest", MALFORMED),
    ("multipart/form-data; boundary=b", b"", "MalformedPOSTRequest", MALFORMED),
    ("multipart/form-data; boundary=b", b"--b\r\nnonsense", "MalformedPOSTRequest", MALFORMED),
    ("multipart/form-data; boundary=b", FILE + END, "InvalidArgument", KEY_MISSING),
    ("multipart/form-data; boundary=b", KEY + END, "InvalidArgument", ONE_FILE),
    ("multipart/form-data; boundary=b", KEY + FILE + FILE + END, "InvalidArgument", ONE_FILE),
    (
        "multipart/form-data; boundary=b",
        part("key", b"k" * 600_000) + FILE + END,
        "MaxPostPreDataLengthExceeded",
        TOO_LARGE,
    ),
]


def request(content_type: str, body: bytes) -> Any:
    return Request("POST", "/bucket", body=body, headers={"Content-Type": content_type})


@pytest.mark.parametrize(("content_type", "body", "code", "message"), WRONG)
def test_wrong_forms(content_type: str, body: bytes, code: str, message: str) -> None:
    post_form_errors.apply()
    context = SimpleNamespace(request=request(content_type, body))
    with pytest.raises(ServiceException) as refused:
        S3Provider.post_object(SimpleNamespace(), context, "bucket")
    assert (refused.value.code, refused.value.status_code, str(refused.value.message)) == (code, 400, message)


@pytest.mark.parametrize("form", [KEY + FILE + END, KEY + part("file", b"text") + END])
def test_forms_with_a_key_and_one_file_are_passed_on(form: bytes) -> None:
    """Its file may come as a field, without a name."""
    post_form_errors.check_form(request("multipart/form-data; boundary=b", form))


def test_localstack_still_fails_at_them() -> None:
    """Then it would answer by itself: a ServiceException, not an error of Python's or of werkzeug's."""
    provider = SimpleNamespace(_get_cross_account_bucket=lambda *_: (None, None))
    for content_type, body in ((WRONG[0][:2]), (WRONG[4][:2]), (WRONG[5][:2])):
        with pytest.raises(Exception, match=r"Bad Request|not iterable") as failed:
            original(S3Provider, "post_object")(
                provider, SimpleNamespace(request=request(content_type, body)), "bucket"
            )
        assert not isinstance(failed.value, ServiceException)
