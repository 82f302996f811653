"""Entry points of the LocalStack plugin (pyproject.toml names them): its table of contents."""

from __future__ import annotations

from localstack.runtime import hooks
from localstack.services.plugins import Service, aws_provider

from glue_app.emulator.service.start_up import refusals_end_it


@aws_provider()
def glue() -> Service:
    """AWS Glue: job runs are real Spark processes, started by the runner."""
    from glue_app.emulator.glue.provider import glue_service

    return glue_service()


@aws_provider()
def rds() -> Service:
    """Amazon RDS: a postgres instance is a real PostgreSQL server."""
    from glue_app.emulator.rds.provider import rds_service

    return rds_service()


@aws_provider()
def bedrock() -> Service:
    """Amazon Bedrock's control plane, answered by the stub."""
    from glue_app.emulator.bedrock.provider import bedrock_service

    return bedrock_service("bedrock")


@aws_provider(api="bedrock-runtime")
def bedrock_runtime() -> Service:
    """Amazon Bedrock's runtime, answered by the stub."""
    from glue_app.emulator.bedrock.provider import bedrock_service

    return bedrock_service("bedrock-runtime")


@aws_provider(name="glue_app")
def ssm() -> Service:
    """AWS Systems Manager: Session Manager of our own, in place of LocalStack's provider."""
    from glue_app.emulator.ssm.provider import ssm_service

    return ssm_service()


@hooks.on_runtime_create()
@refusals_end_it()
def patch_runtime() -> None:
    """Before the gateway listens."""
    from glue_app.emulator import gateway
    from glue_app.emulator.host import patches, providers

    providers.choose()
    patches.before_listen()
    gateway.before_listen()


@hooks.on_infra_start(priority=0)
@refusals_end_it()
def start() -> None:
    """Before the first request; the certificates are there even where no request loads the RDS room."""
    from glue_app.emulator import gateway
    from glue_app.emulator.host import patches
    from glue_app.emulator.rds.api import truststore
    from glue_app.emulator.settings import settings

    patches.install()
    gateway.install()
    truststore.install(settings().state)


@hooks.on_infra_start(priority=-10)
@refusals_end_it()
def bring_state_back() -> None:
    """After the patches, before the first request. A name of its own: plux drops a second `start`."""
    from glue_app.emulator.settings import settings
    from glue_app.emulator.state import driver

    driver.start(settings())


@hooks.on_infra_shutdown(priority=10)
def stop_saving() -> None:
    """Before the services stop."""
    from glue_app.emulator.state import driver

    driver.stop()
