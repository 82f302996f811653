"""The patch presigned_urls: expiry, signature and key of presigned URLs and POST forms are checked."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from localstack import config
from localstack.aws.api import ServiceException
from localstack.http import Request
from localstack.services.s3 import presigned_url, provider
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from glue_app.emulator.host.gateway import presigned_urls
from glue_app.emulator.host.patches.patch import original

ACCOUNT = "000000000000"
ENDPOINT = "http://127.0.0.1:4566"
ROOT_SECRET = "test"
KEYS = ["data.csv", "a b+c/%41/日本語 (1)'.csv", "a//b/../c", "x=1&y=2/é~*!"]


@pytest.fixture(autouse=True)
def _checked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As at start, with users and sessions of the test's own."""
    monkeypatch.setattr(config, "S3_SKIP_SIGNATURE_VALIDATION", True)
    monkeypatch.delenv("S3_SKIP_SIGNATURE_VALIDATION", raising=False)
    presigned_urls.apply()
    yield
    iam_backends[ACCOUNT]["aws"].reset()
    sts_backends[ACCOUNT]["aws"].reset()


def client(key: str = "test", secret: str = ROOT_SECRET, token: str | None = None, **s3: Any) -> Any:
    version = s3.pop("signature_version", "s3v4")
    return boto3.client(
        "s3",
        endpoint_url=s3.pop("endpoint", ENDPOINT),
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(signature_version=version, s3={"addressing_style": "path", **s3}),
    )


def url_of(made_by: Any, key: str = "data.csv", operation: str = "get_object", **options: Any) -> str:
    url: str = made_by.generate_presigned_url(operation, {"Bucket": "bucket", "Key": key}, **options)
    return url


def send(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> None:
    """Raises what the gateway answers with."""
    parts = urlsplit(url)
    request = Request(
        method,
        path=unquote(parts.path),
        raw_path=parts.path,
        query_string=parts.query,
        headers={"Host": parts.netloc, **(headers or {})},
        server=(parts.hostname or "", parts.port),
        scheme=parts.scheme,
    )
    context: Any = SimpleNamespace(request=request, service=SimpleNamespace(service_name="s3"))
    presigned_url.S3PreSignedURLRequestHandler()(None, context, None)


def refused(url: str, **options: Any) -> tuple[str, int]:
    with pytest.raises(ServiceException) as raised:
        send(url, **options)
    return raised.value.code, raised.value.status_code


def changed(url: str, **fields: str | None) -> str:
    """The URL with other values of these fields; `_` stands for `-`."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    for name, value in fields.items():
        query[name.replace("_", "-")] = value or ""
        if value is None:
            del query[name.replace("_", "-")]
    return parts._replace(query=urlencode(query)).geturl()


def session(lasts_s: int = 3600) -> Any:
    """Credentials of a role session, as AssumeRole gives them out."""
    return sts_backends[ACCOUNT]["aws"].assume_role(
        region_name="us-east-1",
        role_session_name="s",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/r",
        policy=None,
        duration=lasts_s,
        external_id=None,
    )


def by(made: Any) -> Any:
    return client(made.access_key_id, made.secret_access_key, made.session_token)


def test_localstack_still_takes_any_signature_and_any_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off by default; and where it is on, any unknown key has the secret `test`."""
    get = original(presigned_url, "get_credentials_from_parameters")
    assert get({"AWSAccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, "us-east-1").secret_access_key == "test"
    assert config.is_env_not_false("S3_SKIP_SIGNATURE_VALIDATION")


def test_localstack_still_dies_of_a_field_it_cant_read() -> None:
    url = changed(url_of(client()), X_Amz_Expires="soon")
    context: Any = SimpleNamespace(
        request=Request("GET", "/bucket/data.csv", query_string=urlsplit(url).query, headers={"Host": "h"})
    )
    with pytest.raises(ValueError, match="soon"):
        original(presigned_url, "validate_presigned_url_s3v4")(context)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_a_url_of_boto3_is_served(version: str, key: str, operation: str) -> None:
    method = "PUT" if operation == "put_object" else "GET"
    send(url_of(client(signature_version=version), key, operation), method)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_url_of_virtual_host_style_is_served(version: str) -> None:
    made_by = client(
        signature_version=version,
        addressing_style="virtual",
        endpoint="http://s3.localhost.localstack.cloud:4566",
    )
    url = url_of(made_by)
    assert url.startswith("http://bucket.s3.")
    send(url)
    assert refused(changed(url, **_spoiled(version)))[0] == "SignatureDoesNotMatch"


def _spoiled(version: str) -> dict[str, str | None]:
    return {"X_Amz_Signature": "0" * 64} if version == "s3v4" else {"Signature": "AAAA"}


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_another_signature_secret_method_or_key_is_refused(version: str) -> None:
    """403 SignatureDoesNotMatch."""
    expected = ("SignatureDoesNotMatch", 403)
    url = url_of(client(signature_version=version))
    assert refused(changed(url, **_spoiled(version))) == expected
    assert refused(url, method="DELETE") == expected
    assert refused(url.replace("data.csv", "other.csv")) == expected
    assert refused(url_of(client(secret="wrong", signature_version=version))) == expected


def signed_two_hours_ago(monkeypatch: pytest.MonkeyPatch) -> str:
    """By botocore's signer in Python: the client takes that of awscrt, which has a clock of its own."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: then)
    request: Any = AWSRequest("GET", url=f"{ENDPOINT}/bucket/data.csv")
    S3SigV4QueryAuth(Credentials("test", ROOT_SECRET), "s3", "us-east-1", expires=60).add_auth(request)
    return str(request.url)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_url_that_has_expired_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """403 AccessDenied, with when it expired and what time it is."""
    if version == "s3v4":
        url = signed_two_hours_ago(monkeypatch)
    else:
        url = url_of(client(signature_version="s3"), ExpiresIn=-10)
    with pytest.raises(ServiceException, match="Request has expired") as raised:
        send(url)
    assert (raised.value.code, raised.value.status_code) == ("AccessDenied", 403)
    assert raised.value.Expires <= raised.value.ServerTime


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_key_of_nobody_is_refused(version: str) -> None:
    url = url_of(client("AKIAIOSFODNN7EXAMPLE", "test", signature_version=version))
    assert refused(url) == ("InvalidAccessKeyId", 403)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"X_Amz_Expires": "604801"}, "must be less than a week"),
        ({"X_Amz_Expires": "9" * 5000}, "must be less than a week"),
        ({"X_Amz_Expires": "-1"}, "must be non-negative"),
        ({"X_Amz_Expires": "soon"}, "should be a number"),
        ({"X_Amz_Date": "yesterday"}, "ISO8601 Long Format"),
        ({"X_Amz_Algorithm": "AWS4-HMAC-MD5"}, "only supports"),
        ({"X_Amz_Credential": "test"}, "mal-formed"),
        ({"X_Amz_Credential": "test/20260101/us-east-1/sqs/aws4_request"}, 'incorrect service "sqs"'),
        ({"X_Amz_Credential": "test/20010101/us-east-1/s3/aws4_request"}, "incorrect date"),
        ({"X_Amz_SignedHeaders": None}, "requires the X-Amz-Algorithm"),
    ],
)
def test_a_field_that_cant_be_read_is_told(fields: dict[str, str | None], message: str) -> None:
    """400 AuthorizationQueryParametersError."""
    with pytest.raises(ServiceException, match=message) as raised:
        send(changed(url_of(client()), **fields))
    assert (raised.value.code, raised.value.status_code) == ("AuthorizationQueryParametersError", 400)


def test_a_url_of_the_future_is_refused() -> None:
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    url = changed(
        url_of(client()),
        X_Amz_Date=f"{later:%Y%m%dT%H%M%SZ}",
        X_Amz_Credential=f"test/{later:%Y%m%d}/us-east-1/s3/aws4_request",
    )
    assert refused(url) == ("AccessDenied", 403)


def test_a_users_key_is_known_from_its_making_to_its_end() -> None:
    """Made after somebody asked for it, and inactive later: nothing is remembered."""
    user = iam_backends[ACCOUNT]["aws"].create_user("us-east-1", "u")
    made = iam_backends[ACCOUNT]["aws"].create_access_key("u")
    url = url_of(client(made.access_key_id, made.secret_access_key))
    send(url)
    assert refused(url_of(client(made.access_key_id, "test")))[0] == "SignatureDoesNotMatch"

    made.status = "Inactive"
    assert user
    assert refused(url) == ("InvalidAccessKeyId", 403)


def test_a_role_sessions_url_is_served_with_its_own_token_only() -> None:
    """Glue jobs sign with such."""
    made, other = session(), session()
    send(url_of(by(made)))
    stolen = client(made.access_key_id, made.secret_access_key, other.session_token)
    assert refused(url_of(stolen)) == ("InvalidToken", 400)
    assert refused(url_of(client(made.access_key_id, made.secret_access_key))) == ("InvalidToken", 400)


def test_a_role_session_that_has_ended_signs_no_more() -> None:
    """However long its URL says that it lasts."""
    made = session()
    url = url_of(by(made))
    made.expiration = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)
    assert refused(url) == ("ExpiredToken", 400)


def test_an_accounts_number_is_its_root_users_key() -> None:
    send(url_of(client("123456789012", "test")))


def test_the_setting_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """LocalStack's own: S3_SKIP_SIGNATURE_VALIDATION=1."""
    monkeypatch.setenv("S3_SKIP_SIGNATURE_VALIDATION", "1")
    monkeypatch.setattr(config, "S3_SKIP_SIGNATURE_VALIDATION", True)
    presigned_urls.apply()
    send(url_of(client(secret="wrong")))


def form(**options: Any) -> dict[str, str]:
    fields: dict[str, str] = client(**options).generate_presigned_post("bucket", "data.csv")["fields"]
    return fields


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_post_forms_signature_is_checked(version: str) -> None:
    provider.validate_post_policy(form(signature_version=version), {"bucket": "bucket"})

    with pytest.raises(ServiceException) as raised:
        provider.validate_post_policy(form(secret="wrong", signature_version=version), {"bucket": "bucket"})
    assert (raised.value.code, raised.value.status_code) == ("SignatureDoesNotMatch", 403)

    with pytest.raises(ServiceException, match="does not exist in our records"):
        provider.validate_post_policy(
            form(key="AKIAIOSFODNN7EXAMPLE", signature_version=version), {"bucket": "bucket"}
        )


def test_a_role_sessions_post_form_is_served() -> None:
    made = session()
    fields = by(made).generate_presigned_post("bucket", "data.csv")["fields"]
    provider.validate_post_policy(fields, {"bucket": "bucket"})
