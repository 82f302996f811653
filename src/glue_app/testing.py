"""A stack for a pytest of your own, by testcontainers: LocalStack with the plugin, PostgreSQL, the Bedrock
stub and the Glue runner, on free ports, gone when the block ends.

    from glue_app.testing import GlueAppStack

    @pytest.fixture(scope="session")
    def stack():
        with GlueAppStack() as stack:
            yield stack

    def test_upload(stack):
        s3 = stack.client("s3")

Needs a Docker engine with compose v2, and of the wheel `glue-app` the extra `testing`. Spark jobs of Glue 4.0
also want the jars that `glue-app up` gets.
"""

from __future__ import annotations

import secrets
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from testcontainers.compose import DockerCompose

from glue_app.bootstrap import installed
from glue_app.bootstrap.layout import ROOT, tools_dir
from glue_app.containers.engine import DockerEngine, reach
from glue_app.containers.errors import NoEngineError
from glue_app.glue_versions import DEFAULT
from glue_app.stack.ports import free_ports

__all__ = ["GlueAppStack", "NoEngineError"]

REGION = "us-east-1"


class GlueAppStack(DockerCompose):  # type: ignore[misc]  # testcontainers carries no types
    """`endpoint` for AWS calls, `client()` for boto3, `stub_url` for the Bedrock stub's own interface.

    warm_jvms: JVMs kept for Glue job runs (320 MB each). Raises NoEngineError, BootstrapError; entering it
    raises CalledProcessError with what compose said.
    """

    def __init__(self, warm_jvms: int = 0) -> None:
        self._engine: DockerEngine = reach()
        if installed.is_installed():
            installed.lay_out(ROOT)
        self._folder = tempfile.TemporaryDirectory(prefix="glue-app-testing-")
        edge, stub, *databases = free_ports(6)
        self.endpoint = f"http://127.0.0.1:{edge}"
        self.stub_url = f"http://127.0.0.1:{stub}"
        self._project = f"glue-app-testing-{secrets.token_hex(4)}"
        terraform = Path(self._folder.name, "terraform")
        terraform.mkdir()
        settings = {
            "EDGE_PORT": edge,
            "GLUE_APP_STUB_PORT": stub,
            "GLUE_APP_TERRAFORM": terraform,
            "GLUE_APP_JARS": tools_dir() / "jars" / DEFAULT,
            "GLUE_APP_KEEP_STATE": 0,
            "RUNNER_WARM_JVMS": warm_jvms,
        } | {f"GLUE_APP_RDS_{n}": f"127.0.0.1:{port}" for n, port in enumerate(databases, start=1)}
        # not in an --env-file: the shell's own EDGE_PORT, say, would win over it
        self._settings = [f"{name}={value}" for name, value in settings.items()]
        super().__init__(context=str(ROOT), build=True)

    @cached_property
    def compose_command_property(self) -> list[str]:
        """testcontainers' own knows `docker compose` only, no project and no settings."""
        project = ["--project-name", self._project, "--file", "docker-compose.yml"]
        return ["env", *self._settings, *self._engine.compose, *project]

    def stop(self, down: bool = True) -> None:
        """End it; with `down` nothing of it is left."""
        super().stop(down)
        if down:
            self._folder.cleanup()

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of the stack's account, whatever the AWS settings around it are."""
        options = {
            "region_name": REGION,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        } | options
        config = Config(s3={"addressing_style": "path"})
        new_client: Any = boto3.client  # its stubs want a literal name
        return new_client(service, endpoint_url=self.endpoint, config=config, **options)
