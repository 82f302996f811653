"""The runner's settings: environment variables, each with a working local default where one can be given."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from glue_app.runner import forward


class SettingError(Exception):
    """Raised at start when a setting is missing or cannot be used; says what to set."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


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
    # RUNNER_FORWARD: `here=there,…`, addresses that lead elsewhere: see forward.py
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
        """Read the settings.

        Raises SettingError when RUNNER_PORT, RUNNER_TOKEN_FILE or RUNNER_HOME is missing or wrong.
        """
        jars, lent = _folder(env, "RUNNER_JARS"), _folder(env, "RUNNER_LENT_JARS")
        return cls(
            port=_number(env, "RUNNER_PORT"),
            token=_token(Path(_required(env, "RUNNER_TOKEN_FILE"))),
            home=Path(_required(env, "RUNNER_HOME")).resolve(),
            host=env.get("RUNNER_HOST") or cls.host,
            glue_version=env.get("RUNNER_GLUE_VERSION") or cls.glue_version,
            jars=jars,
            lent_jars=lent,
            forward=_forward(env.get("RUNNER_FORWARD", "")),
            python=env.get("RUNNER_PYTHON") or cls.python,
            java_options=env.get("RUNNER_EXTRA_JAVA_OPTIONS", ""),
            spark_master=env.get("RUNNER_SPARK_MASTER") or cls.spark_master,
            driver_memory=env.get("RUNNER_DRIVER_MEMORY") or cls.driver_memory,
            slots=_number(env, "RUNNER_SLOTS", cls.slots),
            stop_grace_seconds=float(_number(env, "RUNNER_STOP_GRACE_SECONDS", int(cls.stop_grace_seconds))),
            egress_allow=tuple(h.strip() for h in env.get("RUNNER_EGRESS_ALLOW", "").split(",") if h.strip()),
            keep_runs=_number(env, "RUNNER_KEEP_RUNS", cls.keep_runs),
            log_limit_mb=_number(env, "RUNNER_LOG_LIMIT_MB", cls.log_limit_mb),
            warm_jvms=_number(env, "RUNNER_WARM_JVMS", cls.warm_jvms),
        )


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise SettingError(name, "is missing, and has no default")
    return value


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name)
    if value and not Path(value).is_dir():
        raise SettingError(name, f"is not a folder: {value}")
    return Path(value).resolve() if value else None


def _forward(text: str) -> dict[tuple[str, int], tuple[str, int]]:
    try:
        return forward.parse(text)
    except ValueError as error:
        raise SettingError("RUNNER_FORWARD", str(error)) from error


def _number(env: Mapping[str, str], name: str, default: int | None = None) -> int:
    text = env.get(name)
    if not text:
        if default is None:
            raise SettingError(name, "is missing, and has no default")
        return default
    if not text.isdigit():
        raise SettingError(name, f"is not a whole number: {text!r}")
    return int(text)


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError("RUNNER_TOKEN_FILE", f"cannot be read: {error}") from error
    if len(token) < 16:
        raise SettingError("RUNNER_TOKEN_FILE", f"holds no token of at least 16 characters: {path}")
    return token
