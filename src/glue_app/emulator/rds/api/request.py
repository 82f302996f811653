"""What every handler begins with: where a request belongs, and the type of its answer."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from glue_app.emulator.service.scope import Scope

Answer = dict[str, Any]


def scope_of(context: RequestContext) -> Scope:
    return Scope.of(context)
