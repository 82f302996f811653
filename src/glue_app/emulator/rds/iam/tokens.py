"""Authentication tokens of IAM database authentication: checked as AWS does it.

A token is a presigned URL without its `https://`, good for 15 minutes:
`host:port/?Action=connect&DBUser=user&X-Amz-Algorithm=…&X-Amz-Credential=…&…&X-Amz-Signature=…`
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import datetime
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from glue_app.emulator.host.credentials import Credentials

from ..models import Endpoint

MAX_EXPIRES_S = 900
#: how far a client's clock may be ahead
MAX_SKEW = datetime.timedelta(minutes=5)
SERVICE = "rds-db"
_ALGORITHM = "AWS4-HMAC-SHA256"
_DATE = "%Y%m%dT%H%M%SZ"
_SIGNATURE, _TOKEN = "X-Amz-Signature", "X-Amz-Security-Token"
_FIELDS = frozenset(
    (
        "Action", "DBUser", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
        "X-Amz-SignedHeaders", _SIGNATURE,
    )
)  # fmt: skip

#: the credentials of an access key, None for one that nobody has
Lookup = Callable[[str], Credentials | None]


class TokenRefusedError(ValueError):
    """Raised for a token that lets nobody in; the message says why and shows nothing of the token."""


@dataclass(frozen=True)
class Login:
    """Who wants in, and where: what the token must have been made for."""

    user: str
    endpoint: Endpoint
    region: str


def check(token: str, login: Login, lookup: Lookup, now: datetime.datetime) -> str:
    """Check a token and return the access key id that it is signed with. Raises TokenRefusedError."""
    url, fields = _parsed(token)
    _require(url.netloc == f"{login.endpoint.address}:{login.endpoint.port}", "it is for another endpoint")
    _require(url.path in ("", "/"), "it is no token of generate-db-auth-token")
    _require(fields["Action"] == "connect", "its Action is not connect")
    _require(fields["DBUser"] == login.user, "it is for another DBUser")
    _require(fields["X-Amz-Algorithm"] == _ALGORITHM, f"its algorithm is not {_ALGORITHM}")
    _require(fields["X-Amz-SignedHeaders"] == "host", "it signs other headers than host")
    made_at = _in_time(fields, now)
    credentials = _credentials(fields, login, lookup, made_at, now)
    expected = _signature(url.netloc, token, fields, credentials, login.region)
    _require(hmac.compare_digest(expected, fields[_SIGNATURE]), "its signature is wrong")
    return credentials.access_key_id


def _parsed(token: str) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts = urlsplit(f"https://{token}")
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError:
        raise TokenRefusedError("it is no URL") from None
    fields = dict(pairs)
    _require(
        len(fields) == len(pairs) and fields.keys() - {_TOKEN} == _FIELDS, "its fields are not a token's"
    )
    return parts, fields


def _in_time(fields: dict[str, str], now: datetime.datetime) -> datetime.datetime:
    try:
        made_at = datetime.datetime.strptime(fields["X-Amz-Date"], _DATE).replace(
            tzinfo=datetime.timezone.utc
        )
        lasts = int(fields["X-Amz-Expires"])
    except ValueError:
        raise TokenRefusedError("its times can't be read") from None
    _require(0 < lasts <= MAX_EXPIRES_S, f"it is to last longer than {MAX_EXPIRES_S} s")
    _require(made_at <= now + MAX_SKEW, "it is of the future")
    _require(now <= made_at + datetime.timedelta(seconds=lasts), "it has expired")
    return made_at


def _credentials(
    fields: dict[str, str], login: Login, lookup: Lookup, made_at: datetime.datetime, now: datetime.datetime
) -> Credentials:
    key, _, scope = fields["X-Amz-Credential"].partition("/")
    wanted = f"{made_at:%Y%m%d}/{login.region}/{SERVICE}/aws4_request"
    _require(scope == wanted, f"its credential scope is not {wanted}")
    credentials = lookup(key)
    if credentials is None:
        raise TokenRefusedError("nobody has its access key")
    _require(
        hmac.compare_digest(credentials.session_token or "", fields.get(_TOKEN, "")),
        "its session token is not that of its access key",
    )
    _require(credentials.expires_at is None or now < credentials.expires_at, "its session has ended")
    return credentials


def _signature(netloc: str, token: str, fields: dict[str, str], credentials: Credentials, region: str) -> str:
    """Compute what the signature must be: botocore's own, of the same request without it."""
    query = "&".join(pair for pair in token.partition("?")[2].split("&") if not pair.startswith(_SIGNATURE))
    request = AWSRequest(method="GET", url=f"https://{netloc}/?{query}")
    request.context["timestamp"] = fields["X-Amz-Date"]
    signer = SigV4QueryAuth(
        BotoCredentials(credentials.access_key_id, credentials.secret), SERVICE, region, MAX_EXPIRES_S
    )
    canonical = signer.canonical_request(request)
    signature: str = signer.signature(signer.string_to_sign(request, canonical), request)
    return signature


def _require(fulfilled: bool, why: str) -> None:
    if not fulfilled:
        raise TokenRefusedError(why)
