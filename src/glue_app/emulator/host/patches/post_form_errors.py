"""LocalStack answers a POST form of S3 that lacks its key or its file, or is none, with a 500.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MalformedPOSTRequest,
MaxPostPreDataLengthExceeded). That a form without a file is InvalidArgument is what callers report.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from localstack.aws.api import CommonServiceException
from localstack.aws.api.s3 import InvalidArgument
from localstack.services.s3.constants import S3_HOST_ID
from localstack.services.s3.provider import S3Provider
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from .patch import Patch, replace


def check_form(request: Any) -> None:
    """Raise S3's error for a form from which no object can be made."""
    try:
        form, files = request.form, request.files
    except RequestEntityTooLarge as error:
        raise CommonServiceException(
            "MaxPostPreDataLengthExceeded",
            "Your POST request fields preceding the upload file were too large.",
            status_code=400,
        ) from error
    except (HTTPException, ValueError) as error:
        raise _malformed() from error
    if not form and not files:
        raise _malformed()
    if not form.get("key"):
        raise InvalidArgument(
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of "
            "the fields.",
            ArgumentName="key",
            ArgumentValue="",
            HostId=S3_HOST_ID,
        )
    sent = len(form.getlist("file")) + len(files.getlist("file"))
    if sent != 1:
        raise InvalidArgument(
            "POST requires exactly one file upload per request.",
            ArgumentName="file",
            ArgumentValue=str(sent),
            HostId=S3_HOST_ID,
        )


def _malformed() -> CommonServiceException:
    return CommonServiceException(
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.",
        status_code=400,
    )


def _with_form_checked(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def post_object(self: Any, context: Any, *args: Any, **fields: Any) -> Any:
        if "multipart/form-data" in context.request.headers.get("Content-Type", ""):
            check_form(context.request)
        return original(self, context, *args, **fields)

    return post_object


def apply() -> None:
    replace(S3Provider, "post_object", _with_form_checked)


PATCH = Patch("post-form-errors", "a POST form of S3 that is wrong is answered 400, not 500", apply)
