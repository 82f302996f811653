"""LocalStack writes any character into XML, and XML 1.0 has none for most control characters.

No parser reads such an answer. They are replaced by U+FFFD. S3's answers are left as they are: its keys may
have such characters, and who lists them asks for `encoding-type=url`.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, https://www.w3.org/TR/xml/#charsets
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from localstack.aws.protocol.serializer import BaseXMLResponseSerializer, S3ResponseSerializer

from .patch import Patch, replace

#: what XML 1.0 can't carry
UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: the same as it lies in the bytes of an answer; halves of characters are written as references
_IN_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|&#5[5-7]\d{3};")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


def _readable(original: Callable[..., Any]) -> Callable[..., Any]:
    def node_to_string(self: Any, root: Any, mime_type: str) -> Any:
        written = original(self, root, mime_type)
        if isinstance(written, bytes) and not isinstance(self, S3ResponseSerializer):
            return _IN_BYTES.sub(_REPLACEMENT, written)
        return written

    return node_to_string


def apply() -> None:
    replace(BaseXMLResponseSerializer, "_node_to_string", _readable)


PATCH = Patch("xml-characters", "an answer in XML can be read, whatever was in the request", apply)
