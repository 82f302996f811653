"""moto writes what a request said into the XML of its errors as it is: `<a>` in an id makes that no XML.

LocalStack then cannot read moto's answer, which is a 500 of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import RESTError
from moto.ec2.exceptions import EC2_ERROR_RESPONSE, EC2ClientError

from .patch import Patch, replace
from .xml_characters import UNSENDABLE

_PLAIN, _ESCAPED = "<Message>{{message}}</Message>", "<Message><![CDATA[{{message}}]]></Message>"


def _escaping(_original: Any) -> Any:
    if _PLAIN not in EC2_ERROR_RESPONSE:
        raise AttributeError("moto's template of EC2's errors has changed")
    return RESTError.extended_environment({"custom_response": EC2_ERROR_RESPONSE.replace(_PLAIN, _ESCAPED)})


def _sendable(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, error_type: str, message: Any, *more: Any, **options: Any) -> None:
        text = UNSENDABLE.sub("\N{REPLACEMENT CHARACTER}", str(message))
        original(self, error_type, text.replace("]]>", "]]]]><![CDATA[>"), *more, **options)
        self.message = message

    return init


def apply() -> None:
    replace(EC2ClientError, "env", _escaping)
    replace(RESTError, "__init__", _sendable)


PATCH = Patch("moto-errors", "an error that quotes the request is XML, whatever the request says", apply)
