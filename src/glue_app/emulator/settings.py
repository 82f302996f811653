"""Settings of the emulator (the LocalStack process), read once from its environment.

`make up` sets them all; each has a default that works on a developer's machine (glue_app/variables.py).
"""

from __future__ import annotations

import functools
import ipaddress
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glue_app import setting_readers as read
from glue_app.setting_readers import SettingError
from glue_app.variables import default_of

__all__ = ["SettingError", "Settings", "settings"]


@dataclass(frozen=True)
class Settings:
    """What the emulator needs to know of the stack it is part of."""

    #: GLUE_APP_STATE: folder of everything the stack keeps (databases, certificates). Default: .state
    state: Path
    #: GLUE_APP_GENERATION: id of this life of the stack; a new life knows no old resources. Default: adhoc
    generation: str
    #: GLUE_APP_GLUE_VERSION: the AWS Glue that the runner has; jobs of another one fail. Default: 4.0
    glue_version: str
    #: GLUE_APP_RUNNER_URL: where the Glue runner listens. Default: http://127.0.0.1:4567
    runner_url: str
    #: GLUE_APP_TOKEN_FILE: file with the runner's bearer token. Default: <state>/run/runner.token
    token_file: Path
    #: GLUE_APP_BEDROCK_URL: where the Bedrock stub listens. Default: http://127.0.0.1:4568
    bedrock_url: str
    #: GLUE_APP_POSTGRES_BIN: folder of initdb, postgres and pg_ctl. Default: that on PATH, or Debian's newest
    postgres_bin: Path
    #: GLUE_APP_POSTGRES_CHANNEL: folder by which another container runs those programs. Default: none
    postgres_channel: Path | None
    #: GLUE_APP_JOB_ENDPOINT_URL: the AWS endpoint as a Glue job sees it. Default: the gateway's own
    job_endpoint_url: str
    #: GLUE_APP_RDS_NETWORK: loopback network, one address a DB instance. Default: 127.20.0.0/16
    rds_network: ipaddress.IPv4Network
    #: GLUE_APP_RDS_PUBLISHED: `endpoint=where its container listens`, `,` between. Default: none
    rds_published: tuple[tuple[tuple[str, int], tuple[str, int]], ...]
    #: GLUE_APP_RDS_IAM_ADDRESS: where another container's servers ask of IAM's tokens. Default: loopback
    rds_iam_address: tuple[str, int] | None
    #: GLUE_APP_RDS_METRICS_S: seconds from one AWS/RDS data point to the next. Default: 60
    rds_metrics_s: float
    #: GLUE_APP_RDS_BACKUP_S: seconds after which written data can be restored at the latest. Default: 300
    rds_backup_s: float
    #: GLUE_APP_EVENT_RETRY_S: first wait before EventBridge delivers again, doubled each time. Default: 1
    event_retry_s: float
    #: GLUE_APP_KEEP_STATE: 1 saves the stack's state again and again, for its next start. Default: 0
    keep_state: bool
    #: GLUE_APP_RESTORE: folder of the save to begin with (`<state>/saves/<number>`). Default: none
    restore: Path | None
    #: LOCALSTACK_HOST as a URL: the gateway as the developer's commands see it
    endpoint: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises SettingError, naming the variable and what to set, for a value that cannot be used.
        """
        given = environment
        state = read.path(given, "GLUE_APP_STATE", Path(default_of("GLUE_APP_STATE")))
        gateway = read.text(given, "LOCALSTACK_HOST", "127.0.0.1:4566")
        return cls(
            state=state,
            generation=_text(given, "GLUE_APP_GENERATION"),
            glue_version=_text(given, "GLUE_APP_GLUE_VERSION"),
            runner_url=_url(given, "GLUE_APP_RUNNER_URL"),
            token_file=read.path(given, "GLUE_APP_TOKEN_FILE", state / "run" / "runner.token"),
            bedrock_url=_url(given, "GLUE_APP_BEDROCK_URL"),
            postgres_bin=_postgres_bin(given),
            postgres_channel=read.path_or_none(given, "GLUE_APP_POSTGRES_CHANNEL"),
            job_endpoint_url=read.url(given, "GLUE_APP_JOB_ENDPOINT_URL", f"http://{gateway}"),
            rds_network=read.loopback_network(
                given, "GLUE_APP_RDS_NETWORK", default_of("GLUE_APP_RDS_NETWORK")
            ),
            rds_published=tuple(read.forwarded(given, "GLUE_APP_RDS_PUBLISHED").items()),
            rds_iam_address=read.address_or_none(given, "GLUE_APP_RDS_IAM_ADDRESS"),
            rds_metrics_s=_seconds(given, "GLUE_APP_RDS_METRICS_S"),
            rds_backup_s=_seconds(given, "GLUE_APP_RDS_BACKUP_S"),
            event_retry_s=_seconds(given, "GLUE_APP_EVENT_RETRY_S"),
            keep_state=read.switch(given, "GLUE_APP_KEEP_STATE", False),
            restore=read.folder_or_none(given, "GLUE_APP_RESTORE", "the folder of a save"),
            endpoint=f"http://{gateway}",
        )


@functools.cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.from_environment(os.environ)


def _text(environment: Mapping[str, str], name: str) -> str:
    return read.text(environment, name, default_of(name))


def _url(environment: Mapping[str, str], name: str) -> str:
    return read.url(environment, name, default_of(name))


def _seconds(environment: Mapping[str, str], name: str) -> float:
    return read.seconds(environment, name, float(default_of(name)))


def _postgres_bin(environment: Mapping[str, str]) -> Path:
    """Return the folder of PostgreSQL's programs.

    A folder that is set must hold initdb; one that is only guessed is checked when a server is made.
    """
    if value := environment.get("GLUE_APP_POSTGRES_BIN"):
        folder = Path(value).absolute()
        if environment.get("GLUE_APP_POSTGRES_CHANNEL"):
            return folder  # of another container
        if not (folder / "initdb").is_file():
            raise SettingError(
                "GLUE_APP_POSTGRES_BIN", value, "the folder that holds initdb, postgres and pg_ctl"
            )
        return folder
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    debian = Path("/usr/lib/postgresql")
    installed = sorted(
        (folder for folder in debian.glob("*/bin") if (folder / "initdb").is_file()),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
    )
    return installed[-1] if installed else debian / "15" / "bin"
