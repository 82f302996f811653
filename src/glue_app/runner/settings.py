"""The runner's settings: environment variables, each with a working local default where one can be given."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from glue_app import setting_readers as read
from glue_app.setting_readers import SettingError

__all__ = ["SettingError", "Settings"]


@dataclass(frozen=True)
class Settings:
    """Everything the runner can be told from outside."""

    port: int
    token: str = field(repr=False)
    home: Path  # run directories and the cache of installed modules
    host: str = "127.0.0.1"  # RUNNER_HOST: another address only inside a container's own network
    glue_version: str = "4.0"  # the AWS Glue whose Python, Spark and jars these are
    jars: Path | None = None  # Spark's additional jars; None where the image has its own
    lent_jars: Path | None = None  # RUNNER_LENT_JARS: in an image with jars of its own, those it may lack
    forward: Mapping[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    # RUNNER_FORWARD: `here=there,…`, addresses that lead elsewhere: see setting_readers.forwarded
    python: str = sys.executable  # the job's Python
    java_options: str = ""  # appended to the driver's options
    spark_master: str = "local[2]"
    driver_memory: str = "1g"
    slots: int = 4  # runs at a time; the others wait in STARTING
    stop_grace_seconds: float = 5.0  # from SIGTERM to SIGKILL
    egress_allow: tuple[
        str, ...
    ] = ()  # host names and networks a job may reach besides loopback and endpoint
    keep_runs: int = 50  # finished runs whose logs stay
    log_limit_mb: int = 512  # of each of a run's two logs: a run that prints more is ended
    warm_jvms: int = 0  # JVMs kept ready for the next runs: each begins 10 s sooner, for 350 MB each

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Raise SettingError: RUNNER_PORT, RUNNER_TOKEN_FILE or RUNNER_HOME is missing, or one is wrong."""
        return cls(
            port=read.port(env, "RUNNER_PORT", None),
            token=_token(read.path(env, "RUNNER_TOKEN_FILE")),
            home=read.path(env, "RUNNER_HOME").resolve(),
            host=read.text(env, "RUNNER_HOST", cls.host),
            glue_version=read.text(env, "RUNNER_GLUE_VERSION", cls.glue_version),
            jars=_folder(env, "RUNNER_JARS"),
            lent_jars=_folder(env, "RUNNER_LENT_JARS"),
            forward=read.forwarded(env, "RUNNER_FORWARD"),
            python=read.text(env, "RUNNER_PYTHON", cls.python),
            java_options=read.text(env, "RUNNER_EXTRA_JAVA_OPTIONS"),
            spark_master=read.text(env, "RUNNER_SPARK_MASTER", cls.spark_master),
            driver_memory=read.text(env, "RUNNER_DRIVER_MEMORY", cls.driver_memory),
            slots=read.whole_number(env, "RUNNER_SLOTS", cls.slots),
            stop_grace_seconds=float(
                read.whole_number(env, "RUNNER_STOP_GRACE_SECONDS", int(cls.stop_grace_seconds), smallest=0)
            ),
            egress_allow=tuple(
                host.strip() for host in read.text(env, "RUNNER_EGRESS_ALLOW").split(",") if host.strip()
            ),
            keep_runs=read.whole_number(env, "RUNNER_KEEP_RUNS", cls.keep_runs, smallest=0),
            log_limit_mb=read.whole_number(env, "RUNNER_LOG_LIMIT_MB", cls.log_limit_mb),
            warm_jvms=read.whole_number(env, "RUNNER_WARM_JVMS", cls.warm_jvms, smallest=0),
        )


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    found = read.folder_or_none(env, name)
    return found.resolve() if found else None


def _token(path: Path) -> str:
    wanted = "a file that holds a token of at least 16 characters"
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError("RUNNER_TOKEN_FILE", str(path), f"{wanted}: {error}") from error
    if len(token) < 16:
        raise SettingError("RUNNER_TOKEN_FILE", str(path), wanted)
    return token
