"""The three processes of the embedded engine: their commands, environments and health."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from glue_app.bootstrap.layout import SOURCE
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack import spark_archive
from glue_app.stack.layout import StateLayout
from glue_app.stack.processes import MARKER
from glue_app.stack.record import StackRecord

LOCALSTACK, RUNNER, STUB = "localstack", "runner", "stub"

# What a process may know of the developer's shell. A variable such as SERVICES or PERSISTENCE, set for
# another LocalStack, or a real account's AWS_PROFILE, would change what the stack does.
_INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip
_INHERITED_PREFIXES = ("GLUE_APP_", "RUNNER_", "BEDROCK_STUB_")


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Service:
    """A process to start, after `prepare`; healthy when `health` answers 200."""

    name: str
    port: int
    command: list[str | Path]
    environment: dict[str, str] = field(repr=False)
    health: str
    prepare: Callable[[], None] = field(default=_nothing, repr=False)


def services(
    settings: Settings, toolchain: Toolchain, record: StackRecord, restore: Path | None = None
) -> list[Service]:
    """Return the services in the order in which they are started; they don't wait for one another.

    restore: the save that the emulator begins with.
    """
    layout = StateLayout(settings.state)
    base = inherited(os.environ) | {MARKER: str(settings.state), "PYTHONUNBUFFERED": "1"}
    return [
        _stub(toolchain, record, base),
        _runner(settings, toolchain, record, base, layout),
        _localstack(settings, toolchain, record, base, layout, restore),
    ]


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the developer's environment that the stack's processes see."""
    return {
        name: value
        for name, value in environment.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }


def _stub(toolchain: Toolchain, record: StackRecord, base: dict[str, str]) -> Service:
    return Service(
        STUB,
        record.stub_port,
        [
            *(toolchain.host_python, "-m", "uvicorn", "stub_bedrock.app:app", "--host", "127.0.0.1"),
            *("--port", str(record.stub_port), "--log-level", "warning"),
        ],
        base,
        f"{record.stub_url}/_stub/health",
    )


def runner_environment(
    toolchain: Toolchain, port: int, home: Path, token: Path, java_options: str
) -> dict[str, str]:
    """Return the runner's settings (glue_app/runner/settings.py)."""
    return {
        "RUNNER_PORT": str(port),
        "RUNNER_TOKEN_FILE": str(token),
        "RUNNER_HOME": str(home),
        "RUNNER_GLUE_VERSION": toolchain.glue_version,
        "RUNNER_JARS": toolchain.jars,
        "RUNNER_PYTHON": str(toolchain.glue_python),
        "RUNNER_EXTRA_JAVA_OPTIONS": java_options,
        "JAVA_HOME": toolchain.java_home,
        "PYTHONPATH": str(SOURCE),
    }


def _runner(
    settings: Settings, toolchain: Toolchain, record: StackRecord, base: dict[str, str], layout: StateLayout
) -> Service:
    options = [os.environ.get("RUNNER_EXTRA_JAVA_OPTIONS", ""), "-XX:TieredStopAtLevel=1"]
    if settings.spark_archive:
        options.append(spark_archive.use_options(toolchain))
    return Service(
        RUNNER,
        record.runner_port,
        [toolchain.glue_python, "-m", "glue_app.runner"],
        base
        | runner_environment(
            toolchain, record.runner_port, layout.glue, layout.token, " ".join(filter(None, options))
        )
        | {"RUNNER_WARM_JVMS": "2" if settings.warm_jvm else "0"},
        f"{record.runner_url}/healthz",
    )


def _localstack(
    settings: Settings,
    toolchain: Toolchain,
    record: StackRecord,
    base: dict[str, str],
    layout: StateLayout,
    restore: Path | None,
) -> Service:
    address = f"127.0.0.1:{record.edge_port}"
    root = settings.state / "localstack"

    def prepare() -> None:
        shutil.rmtree(settings.state / "cache" / "plux", ignore_errors=True)  # entry points: read them anew
        _lend_catalog(Path(toolchain.catalog), root / "usr" / "lib" / "localstack")

    environment = base | {
        "GATEWAY_LISTEN": address,
        "LOCALSTACK_HOST": address,
        "SQS_ENDPOINT_STRATEGY": "off",
        "OVERRIDE_IN_DOCKER": "0",  # where /.dockerenv exists it would share /tmp/localstack with others
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",  # no DNS server: it would listen on every address
        "EAGER_SERVICE_LOADING": "0",
        "MALLOC_ARENA_MAX": "2",  # glibc keeps a heap for each of the gateway's many threads else
        "FILESYSTEM_ROOT": str(root),
        "XDG_CACHE_HOME": str(settings.state / "cache"),
        "DEBUG": "1" if settings.debug else "0",
        "GLUE_APP_STATE": str(settings.state),
        "GLUE_APP_GENERATION": record.generation,
        "GLUE_APP_KEEP_STATE": "1" if settings.keep_state else "0",
        "GLUE_APP_RESTORE": str(restore or ""),
        "GLUE_APP_GLUE_VERSION": toolchain.glue_version,
        "GLUE_APP_RUNNER_URL": record.runner_url,
        "GLUE_APP_TOKEN_FILE": str(layout.token),
        "GLUE_APP_BEDROCK_URL": record.stub_url,
        "GLUE_APP_POSTGRES_BIN": toolchain.postgres_bin,
    }
    return Service(
        LOCALSTACK,
        record.edge_port,
        [toolchain.host_python, "-m", "localstack.runtime.main"],
        environment,
        f"{record.endpoint}/_localstack/health",
        prepare,
    )


def _lend_catalog(catalog: Path, static_libs: Path) -> None:
    """Where LocalStack looks for the index of AWS operations before it builds one."""
    static_libs.mkdir(parents=True, exist_ok=True)
    for file in catalog.glob("*"):
        link = static_libs / file.name
        link.unlink(missing_ok=True)
        link.symlink_to(file)
