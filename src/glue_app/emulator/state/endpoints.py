"""`POST /_glue-app/state/save` and `/_glue-app/state/snapshot`: what `make down` and `make snapshot` call.

save      {"reason": "…", "hold": false} → {"save": "00000007", "seconds", "held_seconds", "bytes"}
snapshot  {"folder": "/absolute/path that is not there yet"} → the same, of the save in that folder

Errors are {"error": "…"}: 400 a request that cannot be, 409 the stack's state does not allow it, 503 requests
that do not end, 500 what ought not to happen.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localstack.http import Request, Resource, Response
from localstack.services.internal import get_internal_apis

from glue_app.disk.space import DiskFullError
from glue_app.emulator.state.saver import Saver, SnapshotFolderError, TerraformAtWorkError

LOG = logging.getLogger(__name__)
_KEEPS_NOTHING = "this stack keeps no state: start it with GLUE_APP_KEEP_STATE=1"

Answer = dict[str, Any]


def install(saver: Saver | None) -> None:
    """Serve the endpoints; without a saver they say why they can't."""
    get_internal_apis().add(Resource("/_glue-app/state/save", SaveResource(saver)))
    get_internal_apis().add(Resource("/_glue-app/state/snapshot", SnapshotResource(saver)))


class SaveResource:
    """`save`."""

    def __init__(self, saver: Saver | None) -> None:
        self._saver = saver

    def on_post(self, request: Request) -> Response:
        return _answer(self._saver, request, _save)


class SnapshotResource:
    """`snapshot`."""

    def __init__(self, saver: Saver | None) -> None:
        self._saver = saver

    def on_post(self, request: Request) -> Response:
        return _answer(self._saver, request, _snapshot)


def _save(saver: Saver, body: Answer) -> Answer:
    reason, hold = body.get("reason", "asked for"), body.get("hold", False)
    if not isinstance(reason, str) or not isinstance(hold, bool):
        raise ValueError('give {"reason": text, "hold": true or false}')
    return saver.save(reason, hold=hold)


def _snapshot(saver: Saver, body: Answer) -> Answer:
    folder = body.get("folder")
    if not isinstance(folder, str):
        raise ValueError('give {"folder": absolute path that is not there yet}')
    return saver.snapshot(Path(folder))


def _answer(saver: Saver | None, request: Request, work: Callable[[Saver, Answer], Answer]) -> Response:
    if saver is None:
        return _json({"error": _KEEPS_NOTHING}, 409)
    try:
        body = json.loads(request.get_data() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("the body is not a JSON object")
        return _json(work(saver, body), 200)
    except (SnapshotFolderError, ValueError) as error:
        return _json({"error": str(error)}, 400)
    except TerraformAtWorkError as error:
        return _json({"error": str(error)}, 409)
    except DiskFullError as error:
        LOG.error("%s: %s", request.path, error)
        return _json({"error": str(error)}, 507)
    except saver.gate_timeout as error:
        return _json({"error": f"requests do not end: {error}"}, 503)
    except Exception as error:
        LOG.exception("%s", request.path)
        return _json({"error": f"{type(error).__name__}: {error}"}, 500)


def _json(body: Answer, status: int) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
