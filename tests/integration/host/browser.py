"""A headless browser and a web server of somebody else, on ports of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

from scripts import browser

EVIL = "evil.example"
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    f"--host-resolver-rules=MAP {EVIL} 127.0.0.1, MAP *.localstack.cloud 127.0.0.1",
)  # fmt: skip


class Site:
    """Serves one page at every path, or leads to `redirect`; what the page posts is in `posted`."""

    def __init__(self) -> None:
        self.page, self.redirect = b"", ""
        self.posted: Queue[Any] = Queue()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(site.page)

            def do_POST(self) -> None:
                site.posted.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._send(b"")

            def _send(self, body: bytes) -> None:
                self.send_response(302 if site.redirect else 200)
                if site.redirect:
                    self.send_header("Location", site.redirect)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Not into the test's output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def opened(url: str, profile: Path) -> Iterator[None]:
    """The page is open as long as the context lasts; all that the browser started ends with it."""
    with _running(profile, "--remote-debugging-port=0", url):  # without the option it ends at once
        yield


def text_of(url: str, profile: Path) -> str:
    """What the browser makes of the address, typed into its bar."""
    with _running(profile, "--dump-dom", url) as process:
        return process.communicate(timeout=30)[0].decode()


@contextlib.contextmanager
def _running(profile: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(browser.find()), *_FLAGS, f"--user-data-dir={profile}", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        shutil.rmtree(profile, ignore_errors=True)
