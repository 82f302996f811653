"""The runner's HTTP interface. Bodies and answers are JSON, logs are raw bytes.

| request | answer |
|---|---|
| GET /healthz | 200, or 503 naming what is missing; which egress guard is on (no token needed) |
| POST /runs | 202 and the run |
| GET /runs | the runs |
| GET /runs/{id} | the run; 404 when this life of the runner does not know it |
| GET /runs/{id}/log?stream=stdout&offset=N | bytes; header X-Next-Offset says where to go on |
| DELETE /runs/{id} | the run, being stopped |
| PUT /warm-jvm | 202: a JVM is kept for runs with such arguments and environment, if settings say so |
"""

from __future__ import annotations

import hmac
import io
import json
import logging
import re
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from glue_app.runner import kernel_guard
from glue_app.runner.http_body import REQUEST_SECONDS, BodyError, DeadlineReader, has_body, read_body
from glue_app.runner.run_request import BadRequestError, RunRequest, strings
from glue_app.runner.runs import RunExistsError, Runs, UnknownRunError
from glue_app.runner.settings import Settings
from glue_app.runner.web_pages import refusal

LOG = logging.getLogger(__name__)
_MOST_CONNECTIONS = 64  # the plugin needs a handful; each is a thread
_RUN_PATH = re.compile(r"/runs/(?P<id>[A-Za-z0-9_-]{1,128})(?P<log>/log)?")
_OFFSET = re.compile(r"[0-9]{1,18}")  # bytes


class RunnerServer(ThreadingHTTPServer):
    """Listens on settings.host:settings.port."""

    daemon_threads = True

    def __init__(self, settings: Settings, runs: Runs) -> None:
        self.settings, self.runs = settings, runs
        self._connections = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__((settings.host, settings.port), RunnerHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Close one connection too many at once: those who keep connections open can't use up the machine."""
        if self._connections.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a connection that broke as one line, without a traceback: it is the client's affair."""
        LOG.info("connection ended: %s", sys.exc_info()[1])

    def missing(self) -> list[str]:
        """Return the dependencies a run needs and this machine lacks."""
        found = []
        if shutil.which(self.settings.python) is None:
            found.append(f"RUNNER_PYTHON: {self.settings.python}")
        if self.settings.jars is not None and not any(self.settings.jars.glob("*.jar")):
            found.append(f"RUNNER_JARS: no jar in {self.settings.jars}")
        return found


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("body", f"is not JSON: {error}") from error


class RunnerHandler(BaseHTTPRequestHandler):
    """Routes, and turns the runner's errors into status codes."""

    server: RunnerServer
    protocol_version = "HTTP/1.1"
    timeout = REQUEST_SECONDS  # for one answer to be taken

    def setup(self) -> None:
        super().setup()
        self._reader = DeadlineReader(self.connection)
        self.rfile = io.BufferedReader(self._reader)  # type: ignore[type-var]

    def handle_one_request(self) -> None:
        self._reader.next_request()
        super().handle_one_request()

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        self._reader.body()
        return parsed

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def do_PUT(self) -> None:
        self._answer(self._put)

    def do_DELETE(self) -> None:
        self._answer(self._delete)

    def _get(self) -> None:
        url = self._url()
        if url.path == "/healthz":
            missing = self.server.missing()
            health = {"ok": not missing, "missing": missing, "egress_guard": kernel_guard.in_words()}
            return self._json(503 if missing else 200, health)
        if not self._authorized():
            return None
        if url.path == "/runs":
            return self._json(200, {"runs": [run.as_json() for run in self.server.runs.all()]})
        route = self._route(url.path)
        if not route["log"]:
            return self._json(200, self.server.runs.get(route["id"]).as_json())
        query = parse_qs(url.query)
        offset = query.get("offset", ["0"])[0]
        if not _OFFSET.fullmatch(offset):
            raise BadRequestError("offset", "must be a number of bytes")
        data, after = self.server.runs.read_log(route["id"], query.get("stream", ["stdout"])[0], int(offset))
        return self._send(200, data, "application/octet-stream", {"X-Next-Offset": str(after)})

    def _post(self) -> None:
        body = self._body()
        if not self._authorized():
            return None
        if self._url().path != "/runs":
            return self._json(404, {"error": f"no route {self.path}"})
        return self._json(202, self.server.runs.start(RunRequest.from_json(_parsed(body))).as_json())

    def _put(self) -> None:
        body = self._body()
        if not self._authorized():
            return None
        if self._url().path != "/warm-jvm":
            return self._json(404, {"error": f"no route {self.path}"})
        wanted = _parsed(body)
        if not isinstance(wanted, dict) or set(wanted) != {"arguments", "environment"}:
            raise BadRequestError("body", "must be an object with arguments and environment")
        self.server.runs.warm_jvms.keep_ready_for(
            strings(wanted, "arguments"), strings(wanted, "environment")
        )
        return self._json(202, {})

    def _delete(self) -> None:
        if self._authorized():
            run = self.server.runs.stop(self._route(self._url().path)["id"])
            self._json(202, run.as_json())

    # ------------------------------------------------------------------ plumbing
    def _answer(self, handle: Any) -> None:
        if refused := refusal(self.command, self.path, self.headers.items()):
            self.close_connection = True  # its body is not read
            self._json(403, {"error": refused.message})
            return
        if self.command in ("GET", "DELETE") and has_body(self.headers):
            self.close_connection = True  # it is not read, and must not be taken for the next request
        try:
            handle()
        except BodyError as error:
            self.close_connection = True
            self._json(error.status, {"error": str(error), "field": "Content-Length"})
        except BadRequestError as error:
            self._json(400, {"error": str(error), "field": error.field})
        except UnknownRunError as error:
            self._json(404, {"error": str(error)})
        except RunExistsError as error:
            self._json(409, {"error": str(error)})
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:
            LOG.exception("%s %s", self.command, self.path.partition("?")[0])
            self._json(500, {"error": f"{type(error).__name__}: {error}"})

    def _authorized(self) -> bool:
        given = self.headers.get("Authorization", "").encode()
        if hmac.compare_digest(given, b"Bearer " + self.server.settings.token.encode()):
            return True
        self._json(401, {"error": "Authorization: Bearer <the token of RUNNER_TOKEN_FILE> is required"})
        return False

    def _route(self, path: str) -> dict[str, str]:
        match = _RUN_PATH.fullmatch(path)
        if match is None:
            raise UnknownRunError(path)
        return match.groupdict()

    def _body(self) -> bytes:
        return read_body(self.headers, self.rfile)

    def _url(self) -> SplitResult:
        try:
            return urlsplit(self.path)
        except ValueError as error:  # `http://[`
            raise UnknownRunError(self.path) from error

    def _json(self, status: int, body: Any) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", {})

    def _send(self, status: int, body: bytes, content_type: str, headers: dict[str, str]) -> None:
        self.connection.settimeout(self.timeout)
        self.send_response(status)
        for name, value in {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            **({"Connection": "close"} if self.close_connection else {}),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        """Log no request: the plugin asks several times a second."""
