"""The RDS room without PostgreSQL: its provider, whose servers only say what they were asked for."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.aws.skeleton import create_dispatch_table

from glue_app.emulator.host import managed_secrets
from glue_app.emulator.rds.engine import parameters
from glue_app.emulator.rds.exceptions import InvalidParameterValue, InvalidSubnet, KMSKeyNotAccessibleFault
from glue_app.emulator.rds.fleet import background_work, network, primaries, standbys
from glue_app.emulator.rds.models import DBInstance, RdsStore, Subnet
from glue_app.emulator.rds.postgres import base_backup, roles
from glue_app.emulator.rds.postgres.home import ServerHome
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.emulator.rds.postgres.server import PostgresServer
from glue_app.emulator.rds.provider import RdsProvider
from glue_app.emulator.rds.resources import ec2_and_kms
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.settings import Settings

SCOPE = Scope("000000000000", "us-east-1")
US = LocalHost(None, None, "us")
CREATE: dict[str, Any] = {
    "DBInstanceIdentifier": "gold", "Engine": "postgres", "EngineVersion": "15.8",
    "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": 20, "MasterUsername": "postgres_admin",
    "MasterUserPassword": "first-Passw0rd", "DBName": "gold_db", "BackupRetentionPeriod": 0,
}  # fmt: skip
"""A CreateDBInstance that is taken."""


class Later(Executor):
    """Keeps what is submitted until `work`, so that a test sees what is so before it is done."""

    def __init__(self) -> None:
        self._kept: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._kept.append(lambda: future.set_result(fn(*arguments, **named)))
        return future

    def work(self) -> None:
        while self._kept:
            self._kept.pop(0)()


class RdsRoom:
    """Answers requests; what they begin is done by `work`.

    done: what servers were asked for, in order: `start gold`, of a standby `start gold's standby`. broken:
    a word of `done` → what is raised there. secrets: by ARN.
    """

    def __init__(
        self,
        state: Path,
        monkeypatch: pytest.MonkeyPatch,
        keep_state: bool = False,
        scope: Scope = SCOPE,
    ) -> None:
        self.scope = scope
        self.done: list[str] = []
        self.broken: dict[str, Exception] = {}
        self.secrets: dict[str, str] = {}
        self.context: Any = SimpleNamespace(
            account_id=scope.account_id, region=scope.region, partition=scope.partition
        )
        self._running: set[Path] = set()
        self._later = Later()
        monkeypatch.setattr(background_work, "ThreadPoolExecutor", lambda **_: self._later)
        self._without_postgresql(monkeypatch)
        self._without_secrets_manager(monkeypatch)
        without_ec2_and_kms(monkeypatch)
        variables = {
            "GLUE_APP_STATE": str(state),
            "GLUE_APP_RDS_NETWORK": "127.31.0.0/24",
            "GLUE_APP_KEEP_STATE": "1" if keep_state else "0",
        }
        self.provider = RdsProvider(Settings.from_environment(variables), None)
        self._table: dict[str, Callable[[Any, Any], Any]] = create_dispatch_table(self.provider)

    @property
    def store(self) -> RdsStore:
        return self.provider.stores.of(self.scope)

    @property
    def gold(self) -> DBInstance:
        return self.store.instances["gold"]

    @property
    def events(self) -> list[str]:
        """The numbers of all that RDS has told of: `0005` for a new instance."""
        return [event.event_id.removeprefix("RDS-EVENT-") for event in self.store.events]

    def call(self, operation: str, **request: Any) -> Any:
        """The answer; nothing is done yet."""
        return self._table[operation](self.context, request)

    def work(self) -> list[str]:
        """Do what was begun; what was done."""
        self.done.clear()
        self._later.work()
        return list(self.done)

    def make(self, **request: Any) -> DBInstance:
        """An instance, `gold` unless it has another name, that is available."""
        self.call("CreateDBInstance", **CREATE | request)
        self.work()
        made = self.store.instances[request.get("DBInstanceIdentifier", "gold")]
        assert made.status == "available"
        return made

    def configured(self, instance: DBInstance, name: str) -> str:
        """A value of its server's postgresql.conf."""
        text = (self.provider.servers.of(instance).home.data / "postgresql.conf").read_text()
        return dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)[name].strip("'")

    # ------------------------------------------------------------------ what is not there
    def _say(self, what: str, server: PostgresServer) -> None:
        """Of which server, by its instance's name of now."""
        folder = server.home.folder.name
        names = {one.resource_id: one.identifier for one in self.provider.stores.all_instances()}
        name = names[folder.removesuffix("-standby")]
        self.done.append(f"{what} {name}'s standby" if folder.endswith("-standby") else f"{what} {name}")
        if error := self.broken.get(what):
            raise error

    def _without_postgresql(self, monkeypatch: pytest.MonkeyPatch) -> None:
        room = self

        def initialise(server: PostgresServer) -> None:
            (server.home.folder / "socket").mkdir(parents=True)
            room._fill(server.home.data)
            room._say("initdb", server)

        def start(server: PostgresServer) -> None:
            room._say("start", server)
            room._running.add(server.home.folder)

        def stop(server: PostgresServer) -> None:
            if server.home.folder not in room._running:
                return
            room._say("stop", server)
            room._running.discard(server.home.folder)

        @contextmanager
        def connect(server: PostgresServer, *_: Any) -> Iterator[Any]:
            yield SimpleNamespace(server=server, info=SimpleNamespace(server_version=150008))

        def copy(server: PostgresServer, _endpoint: Any, folder: Path) -> None:
            room._say("copy", server)
            room._fill(folder / "data")
            (folder / "complete").touch()

        def recover_by(server: PostgresServer, _command: str, until: datetime.datetime | None) -> None:
            room._say(f"recover to {until:%H:%M}" if until else "recover to the end", server)

        def prepare(connection: Any, user: str, password: str, database: str | None) -> None:
            room._say(f"roles {user} {password} {database}", connection.server)

        def set_password(connection: Any, user: str, password: str) -> None:
            room._say("password", connection.server)
            room.done[-1] += f": {user} {password}"

        def in_sync(what: str) -> Callable[..., None]:
            def bring(_standbys: Any, server: PostgresServer, _instance: DBInstance) -> None:
                room._say(f"{what} the standby of", server)
                server.home.standby.folder.mkdir(exist_ok=True)
                server.home.standby.mark_in_sync(True)

            return bring

        def remove(_standbys: Any, server: PostgresServer, _instance: DBInstance) -> None:
            room._say("remove the standby of", server)
            server.home.standby.remove()

        def fail_over(_standbys: Any, server: PostgresServer, _instance: DBInstance) -> None:
            room._say("fail over to the standby of", server)

        saying: Callable[[str], Callable[..., None]] = lambda what: lambda server, *_: room._say(what, server)  # noqa: E731
        for name, fake in (
            ("initialise", initialise), ("start", start), ("stop", stop), ("connect", connect),
            ("recover_by", recover_by), ("reload", saying("reload")),
            ("await_recovery", saying("await the recovery of")),
            ("certify", lambda *_: None), ("end_leftovers", lambda *_: None),
            ("running", lambda server: server.home.folder in room._running),
        ):  # fmt: skip
            monkeypatch.setattr(PostgresServer, name, fake)
        monkeypatch.setattr(ServerHome, "adopt", lambda *_: None)
        monkeypatch.setattr(base_backup, "copy", copy)
        monkeypatch.setattr(roles, "prepare", prepare)
        monkeypatch.setattr(roles, "set_password", set_password)
        monkeypatch.setattr(roles, "withhold_the_machine", lambda _connection: None)
        for name, fake in (
            ("make", in_sync("make")), ("resume", in_sync("resume")), ("remove", remove),
            ("fail_over", fail_over), ("hand_over", lambda *_: None),
        ):  # fmt: skip
            monkeypatch.setattr(standbys.Standbys, name, fake)
        for module in (primaries, standbys):
            monkeypatch.setattr(module, "postgres_host", lambda: US)
        monkeypatch.setattr(network, "_bind_error", lambda *_: None)
        known = {"work_mem": parameters.Parameter("work_mem", "integer", "dynamic", "memory", "4096")}
        monkeypatch.setattr(parameters, "_engine_parameters", lambda _binaries: known)

    def _fill(self, data: Path) -> None:
        data.mkdir(parents=True)
        (data / "PG_VERSION").write_text("15")

    def _without_secrets_manager(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def create(account_id: str, region: str, *, name: str, value: str, **_: Any) -> str:
            arn = Scope(account_id, region).arn("secretsmanager", f"secret:{name}")
            self.secrets[arn] = value
            return arn

        def put(_account_id: str, _region: str, arn: str, value: str) -> None:
            self.secrets[arn] = value

        monkeypatch.setattr(managed_secrets, "create", create)
        monkeypatch.setattr(managed_secrets, "put", put)
        monkeypatch.setattr(managed_secrets, "current", lambda _account, _region, arn: self.secrets.get(arn))
        monkeypatch.setattr(managed_secrets, "delete", lambda _account, _region, arn: self.secrets.pop(arn))


def without_ec2_and_kms(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are two subnets, one security group and RDS's own keys; all else is refused."""

    def subnets(scope: Scope, ids: list[str]) -> tuple[Subnet, ...]:
        if set(ids) - {"subnet-1", "subnet-2"}:
            raise InvalidSubnet("no such subnet")
        return tuple(Subnet(one, f"{scope.region}{'ab'[int(one[-1]) - 1]}", "vpc-1") for one in ids)

    def security_groups(_scope: Scope, ids: list[str], _vpc: str) -> list[str]:
        if set(ids) - {"sg-1", "sg-2"}:
            raise InvalidParameterValue("no such security group")
        return ids or ["sg-1"]

    def kms_key_arn(scope: Scope, key: str) -> str:
        arns = {f"alias/aws/{name}": scope.arn("kms", f"key/{name}") for name in ("rds", "secretsmanager")}
        if key in arns.values():
            return key
        if key not in arns:
            raise KMSKeyNotAccessibleFault(key)
        return arns[key]

    monkeypatch.setattr(ec2_and_kms, "subnets", subnets)
    monkeypatch.setattr(
        ec2_and_kms, "default_subnets", lambda scope: subnets(scope, ["subnet-1", "subnet-2"])
    )
    monkeypatch.setattr(ec2_and_kms, "security_groups", security_groups)
    monkeypatch.setattr(ec2_and_kms, "kms_key_arn", kms_key_arn)
