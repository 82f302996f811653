"""Settings of the developer's commands: environment variables, also as `make up EDGE_PORT=4570`."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from glue_app import glue_versions
from glue_app.bootstrap.layout import ROOT

REGION = "us-east-1"  # the default of infra/'s variable `region`
ACCOUNT_ID = "000000000000"
ENGINES = ("auto", "embedded", "docker")


class SettingError(ValueError):
    """A setting can't be used; says what to set."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name} is {value!r}: set it to {wanted}")
        self.name = name


@dataclass(frozen=True)
class Settings:
    """One field a setting; its variable is named in `VARIABLES`."""

    engine: str = "auto"
    """ENGINE: `docker`, `embedded`, or `auto`, which takes what this machine has. Default: auto."""
    glue_version: str = glue_versions.DEFAULT
    """GLUE_VERSION: the AWS Glue that job runs get, `4.0` (Spark 3.3) or `5.0` (Spark 3.5). Default: 4.0."""
    edge_port: int = 4566
    """EDGE_PORT: port of the one endpoint, on 127.0.0.1. Default: 4566."""
    state: Path = ROOT / ".state"
    """GLUE_APP_STATE: folder of everything the running stack keeps. Default: .state."""
    tools: Path = ROOT / ".tools"
    """GLUE_APP_TOOLS: folder of toolchains and environments. Default: .tools."""
    rds_network: str = ""
    """GLUE_APP_RDS_NETWORK: loopback network of the databases' addresses. Default: 127.20.0.0/16."""
    start_timeout_s: int = 120
    """GLUE_APP_START_TIMEOUT: seconds the stack's processes may take to answer. Default: 120."""
    spark_archive: bool = True
    """GLUE_APP_SPARK_ARCHIVE: 0 starts Spark without its class-data-sharing archive. Default: 1."""
    keep_state: bool = True
    """GLUE_APP_KEEP_STATE: 0 lets everything end with the stack: `make up` begins anew. Default: 1."""
    snapshots: Path = ROOT / ".snapshots"
    """GLUE_APP_SNAPSHOTS: folder of the files that `make snapshot` writes. Default: .snapshots."""
    warm_jvm: bool = True
    """GLUE_APP_WARM_JVM: 0 keeps no JVMs ready for the next job runs: 640 MB less, 10 s later. Default: 1."""
    debug: bool = False
    """GLUE_APP_DEBUG: 1 lets LocalStack log each request in full. Default: 0."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises SettingError, naming the variable and what to set."""
        get = {field: environment.get(variable, "") for field, variable in VARIABLES.items()}
        if get["engine"] and get["engine"] not in ENGINES:
            raise SettingError("ENGINE", get["engine"], " or ".join(ENGINES))
        try:
            glue = glue_versions.parse(get["glue_version"])
        except glue_versions.UnknownGlueVersionError as error:
            raise SettingError("GLUE_VERSION", error.value, error.wanted) from error
        return cls(
            engine=get["engine"] or cls.engine,
            glue_version=glue.name,
            edge_port=_whole_number("EDGE_PORT", get["edge_port"], cls.edge_port, 65535),
            state=Path(get["state"] or cls.state).absolute(),
            tools=Path(get["tools"] or cls.tools).absolute(),
            rds_network=_loopback_network("GLUE_APP_RDS_NETWORK", get["rds_network"]),
            start_timeout_s=_whole_number(
                "GLUE_APP_START_TIMEOUT", get["start_timeout_s"], cls.start_timeout_s, 3600
            ),
            spark_archive=_switch("GLUE_APP_SPARK_ARCHIVE", get["spark_archive"], cls.spark_archive),
            keep_state=_switch("GLUE_APP_KEEP_STATE", get["keep_state"], cls.keep_state),
            snapshots=Path(get["snapshots"] or cls.snapshots).absolute(),
            warm_jvm=_switch("GLUE_APP_WARM_JVM", get["warm_jvm"], cls.warm_jvm),
            debug=_switch("GLUE_APP_DEBUG", get["debug"], cls.debug),
        )

    @property
    def endpoint(self) -> str:
        """The one endpoint. By address: `bucket.localhost` would not resolve offline."""
        return f"http://127.0.0.1:{self.edge_port}"


VARIABLES = {
    "engine": "ENGINE",
    "glue_version": "GLUE_VERSION",
    "edge_port": "EDGE_PORT",
    "state": "GLUE_APP_STATE",
    "tools": "GLUE_APP_TOOLS",
    "rds_network": "GLUE_APP_RDS_NETWORK",
    "start_timeout_s": "GLUE_APP_START_TIMEOUT",
    "spark_archive": "GLUE_APP_SPARK_ARCHIVE",
    "keep_state": "GLUE_APP_KEEP_STATE",
    "snapshots": "GLUE_APP_SNAPSHOTS",
    "warm_jvm": "GLUE_APP_WARM_JVM",
    "debug": "GLUE_APP_DEBUG",
}
assert set(VARIABLES) == {field.name for field in fields(Settings)}  # noqa: S101 - a slip of ours


def _whole_number(name: str, text: str, default: int, largest: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or not 0 < int(text) <= largest:
        raise SettingError(name, text, f"a whole number from 1 to {largest}")
    return int(text)


def _loopback_network(name: str, text: str) -> str:
    """Empty for the default."""
    try:
        fits = not text or ipaddress.IPv4Network(text).is_loopback
    except ValueError:
        fits = False
    if not fits:
        raise SettingError(name, text, "an IPv4 network such as 127.20.0.0/16, of this machine alone")
    return text


def _switch(name: str, text: str, default: bool) -> bool:
    if text not in ("", "0", "1"):
        raise SettingError(name, text, "0 or 1")
    return default if not text else text == "1"
