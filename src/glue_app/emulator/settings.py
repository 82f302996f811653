"""Settings of the emulator (the LocalStack process), read once from its environment.

`scripts/up` sets them all; each has a default that works on a developer's machine.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from glue_app.runner import forward

LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")


class SettingError(ValueError):
    """Raised for a setting whose value cannot be used; the message says what to set."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"{name} is {value!r}: set it to {wanted}")


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
        """Raises SettingError, naming the variable and what to set, for a value that cannot be used."""
        state = Path(environment.get("GLUE_APP_STATE") or ".state").absolute()
        gateway = environment.get("LOCALSTACK_HOST") or "127.0.0.1:4566"
        return cls(
            state=state,
            generation=environment.get("GLUE_APP_GENERATION") or "adhoc",
            glue_version=environment.get("GLUE_APP_GLUE_VERSION") or "4.0",
            runner_url=_url(environment, "GLUE_APP_RUNNER_URL", "http://127.0.0.1:4567"),
            token_file=Path(
                environment.get("GLUE_APP_TOKEN_FILE") or state / "run" / "runner.token"
            ).absolute(),
            bedrock_url=_url(environment, "GLUE_APP_BEDROCK_URL", "http://127.0.0.1:4568"),
            postgres_bin=_postgres_bin(environment),
            postgres_channel=_folder(environment, "GLUE_APP_POSTGRES_CHANNEL"),
            job_endpoint_url=_url(environment, "GLUE_APP_JOB_ENDPOINT_URL", f"http://{gateway}"),
            rds_network=_loopback_network(environment, "GLUE_APP_RDS_NETWORK", "127.20.0.0/16"),
            rds_published=_published(environment, "GLUE_APP_RDS_PUBLISHED"),
            rds_iam_address=_address(environment, "GLUE_APP_RDS_IAM_ADDRESS"),
            rds_metrics_s=_seconds(environment, "GLUE_APP_RDS_METRICS_S", "60"),
            rds_backup_s=_seconds(environment, "GLUE_APP_RDS_BACKUP_S", "300"),
            event_retry_s=_seconds(environment, "GLUE_APP_EVENT_RETRY_S", "1"),
            keep_state=_switch(environment, "GLUE_APP_KEEP_STATE", "0"),
            restore=_save_folder(environment, "GLUE_APP_RESTORE"),
            endpoint=f"http://{gateway}",
        )


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings.from_environment(os.environ)


def _url(environment: Mapping[str, str], name: str, default: str) -> str:
    value = environment.get(name) or default
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(name, value, f"a URL such as {default}")
    return value.rstrip("/")


def _folder(environment: Mapping[str, str], name: str) -> Path | None:
    """It may come later: who makes it may still be starting."""
    value = environment.get(name)
    return Path(value).absolute() if value else None


def _address(environment: Mapping[str, str], name: str) -> tuple[str, int] | None:
    value = environment.get(name)
    if not value:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingError(name, value, "a host and a port such as localstack:4569, or leave it out")
    return host, int(port)


def _published(
    environment: Mapping[str, str], name: str
) -> tuple[tuple[tuple[str, int], tuple[str, int]], ...]:
    value = environment.get(name) or ""
    try:
        return tuple(forward.parse(value).items())
    except ValueError as error:
        raise SettingError(name, value, "127.20.0.1:5432=postgres:5432, with `,` between several") from error


def _seconds(environment: Mapping[str, str], name: str, default: str) -> float:
    value = environment.get(name) or default
    try:
        seconds = float(value)
    except ValueError as error:
        raise SettingError(name, value, f"a number of seconds such as {default}") from error
    if not 0 < seconds < float("inf"):
        raise SettingError(name, value, f"a number of seconds above 0 such as {default}")
    return seconds


def _switch(environment: Mapping[str, str], name: str, default: str) -> bool:
    value = environment.get(name) or default
    if value not in ("0", "1"):
        raise SettingError(name, value, "0 or 1")
    return value == "1"


def _save_folder(environment: Mapping[str, str], name: str) -> Path | None:
    """Only that it is there: what is in it is checked when it is brought back."""
    value = environment.get(name)
    if not value:
        return None
    folder = Path(value).absolute()
    if not folder.is_dir():
        raise SettingError(name, value, "the folder of a save, or leave it out")
    return folder


def _loopback_network(environment: Mapping[str, str], name: str, default: str) -> ipaddress.IPv4Network:
    value = environment.get(name) or default
    wanted = f"an IPv4 network inside 127.0.0.0/8, such as {default}"
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise SettingError(name, value, wanted) from error
    if not network.subnet_of(LOOPBACK):
        raise SettingError(name, value, wanted)
    return network


def _postgres_bin(environment: Mapping[str, str]) -> Path:
    """A folder that is set must hold initdb; one that is only guessed is checked when a server is made."""
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
