"""What S3 asks of the fields of a presigned URL and of a POST form, apart from their signature.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html (fields, 1 to 604800 seconds),
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html. AWS publishes the codes
only: the messages are those that S3 is known to answer with, which could not be verified here.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
from collections.abc import Mapping

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_EXPIRES_S = 604_800
MAX_SKEW = datetime.timedelta(minutes=15)
_DATE = "%Y%m%dT%H%M%SZ"
_SCOPE = re.compile(r"[^/]+/(?P<day>\d{8})/[^/]+/(?P<service>[^/]+)/(?P<end>[^/]+)")


class QueryFieldError(ValueError):
    """Raised for a field of a presigned URL that S3 can't read: 400 AuthorizationQueryParametersError."""


class NotYetValidError(ValueError):
    """Raised for a URL that was signed in the future: 403 AccessDenied."""

    def __init__(self) -> None:
        super().__init__("Request is not yet valid")


def check_fields(fields: Mapping[str, str], now: datetime.datetime) -> None:
    """Check the fields of a SigV4 query, all of which are there. Raises QueryFieldError, NotYetValidError."""
    if fields["X-Amz-Algorithm"] != ALGORITHM:
        raise QueryFieldError(f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    made_at = _made_at(fields["X-Amz-Date"])
    _check_scope(fields["X-Amz-Credential"], made_at)
    _check_expires(fields["X-Amz-Expires"])
    if made_at > now + MAX_SKEW:
        raise NotYetValidError


def post_signature(form: Mapping[str, str], secret: str) -> str:
    """Return what the signature of a POST form must be, of SigV4 or SigV2. form: its fields in small letters.

    Raises ValueError where a SigV4 form's credential has another form.
    """
    policy = form["policy"].encode()
    if "x-amz-signature" not in form:
        return base64.b64encode(hmac.digest(secret.encode(), policy, hashlib.sha1)).decode()
    _key, day, region, service, end = form["x-amz-credential"].split("/")
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return hmac.digest(key, policy, hashlib.sha256).hex()


def _made_at(date: str) -> datetime.datetime:
    try:
        return datetime.datetime.strptime(date, _DATE).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise QueryFieldError(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        ) from None


def _check_scope(credential: str, made_at: datetime.datetime) -> None:
    start = "Error parsing the X-Amz-Credential parameter; "
    found = _SCOPE.fullmatch(credential)
    if found is None:
        raise QueryFieldError(
            f"{start}the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    if found["service"] != "s3":
        raise QueryFieldError(
            f'{start}incorrect service "{found["service"]}". This endpoint belongs to "s3".'
        )
    if found["end"] != "aws4_request":
        raise QueryFieldError(
            f'{start}incorrect terminal "{found["end"]}". This endpoint uses "aws4_request".'
        )
    if found["day"] != f"{made_at:%Y%m%d}":
        raise QueryFieldError(
            f'{start}incorrect date "{found["day"]}". This date in the credential must be in the format '
            f'"yyyyMMdd" and the same as X-Amz-Date.'
        )


def _check_expires(expires: str) -> None:
    if not re.fullmatch(r"-?\d+", expires, re.ASCII):
        raise QueryFieldError("X-Amz-Expires should be a number")
    if expires.startswith("-"):
        raise QueryFieldError("X-Amz-Expires must be non-negative")
    if len(expires.lstrip("0")) > 6 or int(expires) > MAX_EXPIRES_S:
        raise QueryFieldError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
            f"less than {MAX_EXPIRES_S} seconds"
        )
