"""Speaks to the runner (glue_app/runner): the only module that knows its HTTP interface."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from glue_app.errors import OneLineError

_TIMEOUT_SECONDS = 10


class RunnerUnreachableError(OneLineError):
    """Raised when the runner does not answer; says where it was looked for."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"the Glue runner at {url} cannot be reached ({reason})", "make status")
        self.url = url


class RunLostError(OneLineError):
    """Raised when the runner does not know a run that it was given: it was restarted since."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"the Glue runner was restarted and lost run {run_id}")
        self.run_id = run_id


class RunnerRefusedError(OneLineError):
    """Raised when the runner answers with an error; carries its status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"the Glue runner answered {status}: {text}")
        self.status = status


@dataclass(frozen=True)
class RunnerRun:
    """A run as the runner sees it. State names are AWS Glue's."""

    id: str
    state: str
    error: str | None
    log_bytes: Mapping[str, int] = field(default_factory=dict)  # written so far, by stream


class RunnerClient:
    """One kept connection; use one client a thread."""

    def __init__(self, url: str, token_file: Path) -> None:
        self._url, self._token_file = url, token_file
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port, timeout=_TIMEOUT_SECONDS
        )

    def start(
        self,
        run_id: str,
        script: str,
        arguments: Mapping[str, str],
        environment: Mapping[str, str],
        timeout_seconds: float,
        glue_version: str | None,
    ) -> None:
        """glue_version: None for a run that any version can do.

        Raises RunnerUnreachableError, RunnerRefusedError.
        """
        body = {
            "id": run_id,
            "script": script,
            "arguments": dict(arguments),
            "environment": dict(environment),
            "timeout_seconds": timeout_seconds,
            "glue_version": glue_version,
        }
        self._json("POST", "/runs", body)

    def keep_warm(self, arguments: Mapping[str, str], environment: Mapping[str, str]) -> None:
        """Ask for a JVM to be ready for runs like this. Raises RunnerUnreachableError, RunnerRefusedError."""
        body = {"arguments": dict(arguments), "environment": dict(environment)}
        self._json("PUT", "/warm-jvm", body)

    def get(self, run_id: str) -> RunnerRun:
        """Ask for a run. Raises RunLostError, RunnerUnreachableError, RunnerRefusedError."""
        return self._run(self._json("GET", f"/runs/{run_id}", run_id=run_id))

    def stop(self, run_id: str) -> RunnerRun:
        """Stop a run. Raises RunLostError, RunnerUnreachableError, RunnerRefusedError."""
        return self._run(self._json("DELETE", f"/runs/{run_id}", run_id=run_id))

    def all(self) -> list[RunnerRun]:
        """Ask for all runs. Raises RunnerUnreachableError, RunnerRefusedError."""
        return [self._run(run) for run in self._json("GET", "/runs")["runs"]]

    def read_log(self, run_id: str, stream: str, offset: int) -> tuple[bytes, int]:
        """Bytes of `stdout` or `stderr` from an offset on, and the offset to go on from."""
        path = f"/runs/{run_id}/log?stream={stream}&offset={offset}"
        status, headers, body = self._request("GET", path, None)
        self._raise_for(status, body, run_id)
        return body, int(headers["X-Next-Offset"])

    def close(self) -> None:
        self._connection.close()

    # ------------------------------------------------------------------ plumbing
    @staticmethod
    def _run(fields: Mapping[str, Any]) -> RunnerRun:
        return RunnerRun(fields["id"], fields["state"], fields.get("error"), fields.get("log_bytes", {}))

    def _json(self, method: str, path: str, body: Any = None, run_id: str = "") -> Any:
        status, _, answer = self._request(method, path, None if body is None else json.dumps(body).encode())
        self._raise_for(status, answer, run_id)
        return json.loads(answer)

    @staticmethod
    def _raise_for(status: int, body: bytes, run_id: str) -> None:
        if status == 404 and run_id:
            raise RunLostError(run_id)
        if status >= 400:
            raise RunnerRefusedError(status, body.decode(errors="replace"))

    def _request(self, method: str, path: str, body: bytes | None) -> tuple[int, Mapping[str, str], bytes]:
        """Try a second time on a kept connection the runner closed meanwhile: every route is idempotent."""
        for last in (False, True):
            try:
                token = self._token_file.read_text(encoding="ascii").strip()
                headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
                self._connection.request(method, path, body, headers)
                response = self._connection.getresponse()
                return response.status, dict(response.headers), response.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if last:
                    raise RunnerUnreachableError(self._url, str(error) or type(error).__name__) from error
        raise AssertionError("unreachable")
