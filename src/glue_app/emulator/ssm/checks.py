"""What LocalStack and moto take and AWS does not: names of parameters, and contents of documents.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from localstack.aws.api import RequestContext

from glue_app.emulator.host.service import Handler

from .exceptions import (
    InvalidDocumentContent,
    InvalidFilterKey,
    InvalidPolicyAttributeException,
    ValidationException,
)

Request = Mapping[str, Any]
_NAME = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?")


def before(check: Callable[[Request], None], then: Handler) -> Handler:
    """`then`, for requests that pass the check."""

    def answer(context: RequestContext, request: Request) -> Any:
        check(request)
        return then(context, request)

    return answer


def parameter_name(request: Request) -> None:
    """Check a parameter's name. Raises ValidationException.

    A colon in a name would be read as its version or label from then on.
    """
    name = request["Name"]
    if "/" in name and not name.startswith("/"):
        raise ValidationException("Parameter name must be a fully qualified name.")
    if not _NAME.fullmatch(name):
        raise ValidationException(
            'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can '
            "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, "
            "numbers and the following 3 symbols .-_"
        )


def parameter(request: Request) -> None:
    """Check a parameter.

    Raises ValidationException, and InvalidPolicyAttributeException for policies that are no objects.
    """
    parameter_name(request)
    if "Policies" not in request:
        return
    try:
        policies = json.loads(request["Policies"])
    except (ValueError, RecursionError):
        policies = None
    if not isinstance(policies, list) or not all(isinstance(one, dict) for one in policies):
        raise InvalidPolicyAttributeException


def document_filters(request: Request) -> None:
    """Raise InvalidFilterKey for one of ListDocuments' filters that lacks its key or values."""
    for one in request.get("Filters") or []:
        if not one.get("Key") or not one.get("Values"):
            raise InvalidFilterKey(one.get("Key") or "")


def document_content(request: Request) -> None:
    """Raise InvalidDocumentContent for what is no object, or has no parameters as SSM has them."""
    try:
        text = request["Content"]
        read = yaml.safe_load(text) if request.get("DocumentFormat") == "YAML" else json.loads(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidDocumentContent(str(error).splitlines()[0]) from error
    if not isinstance(read, dict):
        raise InvalidDocumentContent("it is no object")
    parameters = read.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidDocumentContent("its parameters are no object")
    for name, parameter in parameters.items():
        if not isinstance(parameter, dict) or not isinstance(parameter.get("type"), str):
            raise InvalidDocumentContent(f"its parameter {name} has no type")
