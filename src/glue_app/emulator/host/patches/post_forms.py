"""Twisted parses a POST form before LocalStack does, for arguments that nobody reads, on its one thread.

It reads the whole form and has it parsed by the email package: ten uploads of 100 MB by S3's POST form cost
2.3 GB and stop every other request for more than a minute. LocalStack parses the form itself, from the file
that Twisted keeps a long body in. A form that can't be parsed gets S3's answer, not Twisted's bare 400.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rolo.serving.twisted import TwistedRequestAdapter

from .patch import Patch, replace


def _leaving_forms_alone(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **{**options, "parsePOSTFormSubmission": False})

    return init


def apply() -> None:
    replace(TwistedRequestAdapter, "__init__", _leaving_forms_alone)


PATCH = Patch("post-forms", "a large POST form neither fills the memory nor stops other requests", apply)
