"""The gateway with our providers in this process: no port, no server of a database, no job that runs.

What is behind the providers' edge is cut off: RDS's work in the background, PostgreSQL's parameters, Glue's
runner, EC2's answers to RDS. All else is what a request meets in the stack: LocalStack's chain of handlers,
our patches, our providers, and moto.
"""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.client import create_http_request
from localstack.aws.connect import InternalClientFactory
from localstack.http import Request, Response
from localstack.services.plugins import SERVICE_PLUGINS, Service

from glue_app.emulator import gateway
from glue_app.emulator.glue import provider as glue
from glue_app.emulator.glue.provider import GlueProvider
from glue_app.emulator.host import patches
from glue_app.emulator.host.service import serve
from glue_app.emulator.rds.engine import parameters
from glue_app.emulator.rds.fleet.servers import Servers
from glue_app.emulator.rds.provider import RdsProvider
from glue_app.emulator.settings import Settings
from glue_app.emulator.ssm import provider as ssm
from glue_app.emulator.ssm.provider import SsmProvider


class _Services:
    """Ours made here, without the hooks that start servers and threads; the others are LocalStack's."""

    def __init__(self, ours: dict[str, Service]) -> None:
        self._ours = ours

    def exists(self, name: str) -> bool:
        return name in self._ours or SERVICE_PLUGINS.exists(name)

    def require(self, name: str) -> Service:
        return self._ours[name] if name in self._ours else SERVICE_PLUGINS.require(name)


class InProcess:
    """Sends requests. `patched=False` leaves out our patches: what LocalStack does by itself."""

    def __init__(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        config = Settings.from_environment(
            {"GLUE_APP_STATE": str(state), "GLUE_APP_RDS_NETWORK": "127.29.0.0/16"}
        )
        _cut_off(monkeypatch)
        for patch in patches.INSTALL:
            patch.apply()
        gateway.install_rules()
        self.glue, self.rds, self.ssm = GlueProvider(config), RdsProvider(config, None), SsmProvider(config)
        services = {
            "glue": glue.served(self.glue),
            "rds": serve(self.rds),
            "ssm": ssm.served(self.ssm),
        }
        self.gateway = LocalstackAwsGateway(_Services(services))
        enrich = InternalClientFactory._get_client_post_hook

        def in_process(factory: Any, client: Any) -> Any:
            client.meta.events.register_first("before-send.*.*", self._answer)
            return enrich(factory, client)

        monkeypatch.setattr(InternalClientFactory, "_get_client_post_hook", in_process)

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Response:
        """The answer, with its status; nothing is raised."""
        response = Response()
        self.gateway.process(Request(method, path, headers=headers, body=body), response)
        return response

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        """What a client of the emulator's own gets instead of an answer from the network."""
        response = Response()
        self.gateway.process(create_http_request(request), response)
        raw = SimpleNamespace(stream=lambda **_: iter((response.get_data(),)))
        return AWSResponse(request.url, response.status_code, response.headers, raw)


def _cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(_self: Any, instance: Any, _during: str, _work: Any, after: str) -> Future[None]:
        instance.status = after
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def not_at_all(_self: Any, *_arguments: Any) -> Future[None]:
        done: Future[None] = Future()
        done.set_result(None)
        return done

    monkeypatch.setattr(Servers, "submit_with_status", at_once)
    for name in ("submit", "submit_without_status", "submit_if_idle"):
        monkeypatch.setattr(Servers, name, not_at_all)
    known = {
        "work_mem": parameters.Parameter("work_mem", "integer", "dynamic", "memory", "4096"),
        "shared_buffers": parameters.Parameter("shared_buffers", "integer", "static", "memory", "16384"),
    }
    monkeypatch.setattr(parameters, "_engine_parameters", lambda _binaries: known)
    monkeypatch.setattr(parameters, "_ask_postgres", lambda *_: (True, ""))
