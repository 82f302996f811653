"""The egress guard: who may be reached, in a real interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.runner.job_site.glue_runner import egress

JOB_SITE = Path(egress.__file__).parents[1]
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://localstack:4566",
    "GLUE_RUNNER_EGRESS_ALLOW": "10.1.0.0/16,gold.internal,192.0.2.1",
}


def run_guarded(script: str, **env: str) -> str:
    """The output of a script in an interpreter as a job has it."""
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(JOB_SITE), "GLUE_RUNNER_PID": "1", **env,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.20.0.5", True),
        ("::1", True),
        ("::", True),
        ("localhost", True),
        ("LocalStack", True),
        ("gold.internal", True),
        ("gold.internal.", True),
        ("10.1.2.3", True),
        ("192.0.2.1", True),
        ("192.0.2.2", False),
        ("10.2.0.1", False),
        ("169.254.169.254", False),
        ("s3.us-east-1.amazonaws.com", False),
        ("localhost.evil.example", False),
    ],
)
def test_who_may_be_reached(host: str, allowed: bool) -> None:
    policy = egress.EgressPolicy.from_environment(ENVIRONMENT)
    assert policy.allows(host) is allowed


@pytest.mark.parametrize(
    ("call", "host"),
    [
        ("socket.create_connection(('203.0.113.7', 443), 1)", "203.0.113.7"),
        ("socket.socket().connect_ex(('203.0.113.7', 443))", "203.0.113.7"),
        ("socket.getaddrinfo('sts.amazonaws.com', 443)", "sts.amazonaws.com"),
        ("socket.gethostbyname('sts.amazonaws.com')", "sts.amazonaws.com"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.7', 53))", "203.0.113.7"),
        ("__import__('urllib.request').request.urlopen('https://example.com')", "example.com"),
    ],
)
def test_every_way_out_is_refused_by_name(call: str, host: str) -> None:
    output = run_guarded(f"import socket\n{call}\n")
    assert f"EgressRefusedError: egress refused: {host} is not part of the local stack" in output


def test_swallowing_the_error_does_not_hide_it() -> None:
    script = "import socket\ntry: socket.getaddrinfo('example.com', 1)\nexcept Exception: pass\n"
    assert "egress refused: example.com" in run_guarded(script)


def test_loopback_and_unix_sockets_work() -> None:
    script = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
socket.create_connection(("localhost", server.getsockname()[1])).close()
a, b = socket.socketpair()
a.sendall(b"x")
print("fine", b.recv(1))
"""
    assert run_guarded(script) == "fine b'x'\n"


def test_outside_a_run_nothing_is_guarded() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(JOB_SITE)}
    script = "import sys; print([m for m in sys.modules if m.startswith('glue_runner')])"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_jvms_plain_sockets_go_nowhere_but_to_the_stack() -> None:
    options = egress.jvm_options(ENVIRONMENT)
    hosts = next(o for o in options if "NonProxyHosts" in o).partition("=")[2].split("|")
    assert {"localhost", "127.*", "localstack", "gold.internal", "192.0.2.1"} <= set(hosts)
    assert "10.1.0.0/16" not in hosts  # Java knows no networks
