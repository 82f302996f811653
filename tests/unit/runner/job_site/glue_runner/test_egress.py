"""The egress guard: who may be reached, in a real interpreter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from glue_app.runner.job_site.glue_runner import egress, launch

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


@pytest.mark.parametrize(
    "call",
    [
        "socket.socket().connect((bytearray(b'203.0.113.7'), 443))",
        "socket.gethostbyaddr('203.0.113.7')",
        "socket.gethostbyname_ex('203.0.113.7')",
        "socket.getnameinfo(('203.0.113.7', 443), 0)",
        "socket.socket(type=socket.SOCK_DGRAM).connect_ex(('203.0.113.7', 53))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('203.0.113.7', 53))",
        "socket.socket(socket.AF_INET6).connect(('::ffff:203.0.113.7', 443))",
    ],
)
def test_no_form_of_an_address_is_overlooked(call: str) -> None:
    assert "EgressRefusedError: egress refused: " in run_guarded(f"import socket\n{call}\n")


def test_an_ipv4_address_in_ipv6_form_is_judged_as_ipv4() -> None:
    policy = egress.EgressPolicy.from_environment(ENVIRONMENT)
    assert policy.allows("::ffff:127.0.0.1")
    assert not policy.allows("::ffff:192.0.2.2")


@pytest.mark.parametrize("packed", [False, True])
def test_what_a_job_brings_along_runs_after_the_guard_and_not_instead(tmp_path: Path, packed: bool) -> None:
    """A library's own sitecustomize, and a module named like ours, in a folder or an archive."""
    theirs = tmp_path / "theirs"
    (theirs / "glue_runner").mkdir(parents=True)
    (theirs / "glue_runner" / "__init__.py").write_text("raise SystemExit('taken over')")
    (theirs / "sitecustomize.py").write_text("import sys; sys.theirs = __name__")
    (theirs / "usercustomize.py").write_text("import sys; sys.user = __name__")
    entry = theirs
    if packed:
        entry = Path(shutil.make_archive(str(tmp_path / "theirs"), "zip", theirs))
    path = launch.python_path([str(entry)], str(JOB_SITE))
    script = "import sys, socket; print(sys.theirs)\ntry: socket.getaddrinfo('example.com', 1)\n"
    script += "except RuntimeError as e: print(type(e).__name__)"
    output = run_guarded(script, PYTHONPATH=path)
    assert output.startswith("sitecustomize\n")
    assert "\nEgressRefusedError\n" in output


def test_a_package_that_glue_lacks_is_hidden_unless_the_job_brings_it(tmp_path: Path) -> None:
    """`pytest` stands for Delta's package: it is in this interpreter's own folder."""
    script = "import importlib.util as u, importlib.metadata as m; print(u.find_spec('pytest') is None)\n"
    script += "try: import pytest\nexcept ModuleNotFoundError as e: print(e)\nelse: print(pytest.__file__)"
    assert run_guarded(script, GLUE_RUNNER_ABSENT="pytest") == "True\nNo module named 'pytest'\n"
    assert run_guarded(script).startswith("False\n")
    (tmp_path / "pytest.py").touch()
    path = launch.python_path([str(tmp_path)], str(JOB_SITE))
    output = run_guarded(script, GLUE_RUNNER_ABSENT="pytest", PYTHONPATH=path)
    assert output == f"False\n{tmp_path}/pytest.py\n"
