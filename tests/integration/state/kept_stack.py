"""A stack that keeps its state: ended in every way, and begun again with what it saved."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator.rds.postgres import processes as database_servers
from glue_app.emulator.state.saves import Save, Saves, current_versions
from glue_app.stack.layout import StateLayout
from glue_app.stack.services import LOCALSTACK, services
from tests.integration.local_stack import SETTINGS, LocalStack, Server
from tests.support.state_folder import state_folder


class KeptStack(LocalStack):
    """`localstack` may be started again and again; the runner goes on."""

    def __init__(self, state: Path, like: LocalStack | None = None) -> None:
        """like: a stack whose endpoint and generation this one has."""
        super().__init__(state)
        if like is not None:
            self.edge_port, self.generation = like.edge_port, like.generation
            self.record = replace(self.record, generation=like.generation, edge_port=like.edge_port)
            self.endpoint = self.record.endpoint
        self.localstack = self._server(None)

    @property
    def saves(self) -> Saves:
        return Saves(self.state)

    def newest(self) -> Save:
        found = self.saves.newest_sound(current_versions(self.endpoint))
        assert found is not None, self.saves.problems
        return found

    def bring_back(self, save: Save | None = None) -> Save:
        """Start LocalStack with a save, the newest if none is given."""
        save = save or self.newest()
        self.localstack = self._server(save.folder)
        self.localstack.start()
        return save

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(  # noqa: S310  (our own http URL)
            f"{self.endpoint}/_glue-app/state/{path}", json.dumps(body).encode(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def save(self, reason: str = "test", hold: bool = False) -> dict[str, Any]:
        status, answer = self.post("save", {"reason": reason, "hold": hold})
        assert status == 200, answer
        return answer

    def health(self) -> dict[str, str]:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_glue-app/health", timeout=60) as answer:  # noqa: S310
                return dict(json.loads(answer.read())["services"])
        except urllib.error.HTTPError as error:
            return dict(json.loads(error.read())["services"])

    def remove(self) -> None:
        """End everything and remove the state folder."""
        self.stop()
        database_servers.end_left_behind(self.state)
        shutil.rmtree(self.state, ignore_errors=True)

    def _server(self, restore: Path | None) -> Server:
        settings = replace(
            SETTINGS,
            state=self.state,
            edge_port=self.edge_port,
            spark_archive=False,
            warm_jvm=False,
            keep_state=True,
        )
        found = services(
            settings, Toolchain.load(settings.tools, settings.glue_version), self.record, restore
        )
        (service,) = (one for one in found if one.name == LOCALSTACK)
        return Server(service, StateLayout(self.state).log(LOCALSTACK))


@contextmanager
def running_stack() -> Iterator[KeptStack]:
    """Start a stack that is saved, and remove it with its folder."""
    with state_folder() as state:
        stack = KeptStack(state)
        try:
            stack.localstack.start()
            yield stack
        finally:
            stack.remove()
