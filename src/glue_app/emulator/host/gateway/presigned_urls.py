"""LocalStack serves S3 requests whose presigned URL has expired, is signed wrongly, or by a key of nobody.

It has a check, which S3_SKIP_SIGNATURE_VALIDATION turns off unless it is 0, and which takes the secret `test`
for every key that IAM does not know, role sessions' among them. Here the check is on unless the variable is
set, and it knows the keys that IAM and STS have given out (emulator/host/credentials.py). The fields of the
query are checked before they are used, and so is the signature of a POST form.

Not checked: the Authorization header of other requests, whatever their key.
"""

from __future__ import annotations

import datetime
import hmac
import os
from collections.abc import Callable, Mapping
from typing import Any

from localstack import config, constants
from localstack.aws.accounts import get_account_id_from_access_key_id
from localstack.aws.api import CommonServiceException
from localstack.aws.api.s3 import AccessDenied, AuthorizationQueryParametersError
from localstack.services.s3 import presigned_url, provider
from localstack.services.s3.constants import S3_HOST_ID
from localstack.utils.aws.arns import get_partition

from glue_app.aws.s3_query_signature import NotYetValidError, QueryFieldError, check_fields, post_signature
from glue_app.emulator.host import credentials
from glue_app.emulator.host.patches.patch import Patch, replace

_SETTING = "S3_SKIP_SIGNATURE_VALIDATION"
_INTERNAL_KEYS = (constants.INTERNAL_AWS_ACCESS_KEY_ID, config.INTERNAL_RESOURCE_ACCOUNT)


def _known(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_credentials(parameters: Mapping[str, str], region: str) -> Any:
        fields = {name.lower(): value for name, value in parameters.items()}
        key = fields.get("awsaccesskeyid") or fields.get("x-amz-credential", "").partition("/")[0]
        if key in _INTERNAL_KEYS or config.S3_SKIP_SIGNATURE_VALIDATION:
            return original(parameters, region)
        token = fields.get("x-amz-security-token")
        return presigned_url.PreSignedCredentials(key, _secret(key, token, region), token)

    return get_credentials


def _secret(key: str, token: str | None, region: str) -> str:
    """Return that of a known key with its token. Raises InvalidAccessKeyId, InvalidToken, ExpiredToken."""
    found = credentials.find(key, get_account_id_from_access_key_id(key), get_partition(region))
    if found is None:
        raise CommonServiceException(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            status_code=403,
        )
    if not hmac.compare_digest((found.session_token or "").encode(), (token or "").encode()):
        raise CommonServiceException(
            "InvalidToken", "The provided token is malformed or otherwise invalid.", status_code=400
        )
    if found.expires_at is not None and found.expires_at <= _now():
        raise CommonServiceException("ExpiredToken", "The provided token has expired.", status_code=400)
    return found.secret


def _with_fields_checked(original: Callable[..., None]) -> Callable[..., None]:
    def validate(context: Any) -> None:
        if not config.S3_SKIP_SIGNATURE_VALIDATION:
            try:
                check_fields(context.request.args, _now())
            except QueryFieldError as error:
                raise AuthorizationQueryParametersError(str(error), HostId=S3_HOST_ID) from error
            except NotYetValidError as error:
                raise AccessDenied(str(error), HostId=S3_HOST_ID) from error
        original(context)

    return validate


def _with_signature_checked(original: Callable[..., None]) -> Callable[..., None]:
    def validate(request_form: Any, additional_policy_metadata: Any) -> None:
        original(request_form, additional_policy_metadata)
        form = {name.lower(): str(value) for name, value in request_form.items()}
        if "policy" not in form or config.S3_SKIP_SIGNATURE_VALIDATION:
            return
        known = presigned_url.get_credentials_from_parameters(form, constants.AWS_REGION_US_EAST_1)
        given = form.get("x-amz-signature") or form.get("signature", "")
        try:
            right = hmac.compare_digest(post_signature(form, known.secret_access_key), given)
        except (ValueError, TypeError):  # a credential or a signature that can be none
            right = False
        if not right:
            raise presigned_url.create_signature_does_not_match_sig_v2(
                request_signature=given, string_to_sign=form["policy"], access_key_id=known.access_key_id
            )

    return validate


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def apply() -> None:
    if not os.environ.get(_SETTING):
        config.S3_SKIP_SIGNATURE_VALIDATION = False
    replace(presigned_url, "get_credentials_from_parameters", _known)
    replace(presigned_url, "validate_presigned_url_s3v4", _with_fields_checked)
    replace(provider, "validate_post_policy", _with_signature_checked)


PATCH = Patch(
    "presigned-urls", "a presigned URL is refused when it has expired or its signature or key is wrong", apply
)
