"""Who makes a request."""

from __future__ import annotations

from localstack.aws.api import RequestContext
from localstack.aws.connect import connect_to
from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header


def caller_arn(context: RequestContext) -> str:
    """Return the ARN that STS GetCallerIdentity answers to the request's credentials."""
    key = extract_access_key_id_from_auth_header(context.request.headers) or context.account_id
    sts = connect_to(aws_access_key_id=key, region_name=context.region).sts
    arn: str = sts.get_caller_identity()["Arn"]
    return arn
