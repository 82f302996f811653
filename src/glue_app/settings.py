"""Settings of the developer's commands: environment variables, also as `make up EDGE_PORT=4570`."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glue_app import glue_versions, setting_readers
from glue_app.bootstrap.layout import TOOLS, WORKSPACE
from glue_app.setting_readers import SettingError
from glue_app.variables import default_of

__all__ = ["ACCOUNT_ID", "ENGINES", "REGION", "SettingError", "Settings"]

REGION = "us-east-1"  # the default of infra/'s variable `region`
ACCOUNT_ID = "000000000000"
ENGINES = ("auto", "embedded", "docker")
_RDS_NETWORK = ipaddress.IPv4Network(default_of("GLUE_APP_RDS_NETWORK"))


@dataclass(frozen=True)
class Settings:
    """One field a setting."""

    engine: str = "auto"
    """ENGINE: `docker`, `embedded`, or `auto`, which takes what this machine has. Default: auto."""
    glue_version: str = glue_versions.DEFAULT
    """GLUE_VERSION: the AWS Glue that job runs get, `4.0` (Spark 3.3) or `5.0` (Spark 3.5). Default: 4.0."""
    edge_port: int = 4566
    """EDGE_PORT: port of the one endpoint, on 127.0.0.1. Default: 4566."""
    state: Path = WORKSPACE / ".state"
    """GLUE_APP_STATE: folder of everything the running stack keeps. Default: .state."""
    tools: Path = TOOLS
    """GLUE_APP_TOOLS: folder of toolchains and environments. Default: .tools; installed, in the cache."""
    rds_network: ipaddress.IPv4Network = _RDS_NETWORK
    """GLUE_APP_RDS_NETWORK: loopback network of the databases' addresses. Default: 127.20.0.0/16."""
    start_timeout_s: int = 120
    """GLUE_APP_START_TIMEOUT: seconds the stack's processes may take to answer. Default: 120."""
    spark_archive: bool = True
    """GLUE_APP_SPARK_ARCHIVE: 0 starts Spark without its class-data-sharing archive. Default: 1."""
    keep_state: bool = True
    """GLUE_APP_KEEP_STATE: 0 lets everything end with the stack: `make up` begins anew. Default: 1."""
    snapshots: Path = WORKSPACE / ".snapshots"
    """GLUE_APP_SNAPSHOTS: folder of the files that `make snapshot` writes. Default: .snapshots."""
    warm_jvm: bool = True
    """GLUE_APP_WARM_JVM: 0 keeps no JVMs ready for the next job runs: 640 MB less, 10 s later. Default: 1."""
    debug: bool = False
    """GLUE_APP_DEBUG: 1 lets LocalStack log each request in full. Default: 0."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings. Raises SettingError, naming the variable and what to set."""
        read, given = setting_readers, environment
        return cls(
            engine=read.choice(given, "ENGINE", cls.engine, ENGINES),
            glue_version=glue_versions.asked_for(given).name,
            edge_port=read.port(given, "EDGE_PORT", cls.edge_port),
            state=read.path(given, "GLUE_APP_STATE", cls.state),
            tools=read.path(given, "GLUE_APP_TOOLS", cls.tools),
            rds_network=read.loopback_network(given, "GLUE_APP_RDS_NETWORK", str(cls.rds_network)),
            start_timeout_s=read.whole_number(
                given, "GLUE_APP_START_TIMEOUT", cls.start_timeout_s, largest=3600
            ),
            spark_archive=read.switch(given, "GLUE_APP_SPARK_ARCHIVE", cls.spark_archive),
            keep_state=read.switch(given, "GLUE_APP_KEEP_STATE", cls.keep_state),
            snapshots=read.path(given, "GLUE_APP_SNAPSHOTS", cls.snapshots),
            warm_jvm=read.switch(given, "GLUE_APP_WARM_JVM", cls.warm_jvm),
            debug=read.switch(given, "GLUE_APP_DEBUG", cls.debug),
        )

    @property
    def endpoint(self) -> str:
        """The one endpoint. By address: `bucket.localhost` would not resolve offline."""
        return f"http://127.0.0.1:{self.edge_port}"
