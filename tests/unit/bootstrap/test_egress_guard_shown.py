"""`make doctor` and `make status` say which guard keeps jobs off AWS and the internet."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from glue_app.bootstrap import doctor
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.runner import kernel_guard
from glue_app.settings import Settings
from glue_app.stack import embedded
from glue_app.stack.embedded import EmbeddedEngine
from glue_app.stack.record import StackRecord

WITHOUT = "Python and the JVM's plain sockets only: no seccomp filter for Darwin on arm64"


def context(glue: Path) -> Any:
    return SimpleNamespace(toolchain=SimpleNamespace(glue_python=glue))


def test_doctor_tries_it_with_the_jobs_python() -> None:
    finding = doctor._egress_guard(context(Path(sys.executable)))
    assert finding.what == kernel_guard.in_words()
    assert finding.state == ("ok" if kernel_guard.problem() is None else "absent")


@pytest.mark.parametrize(
    ("said", "state", "what"),
    [(WITHOUT, "absent", WITHOUT), (None, "later", "`make status` says which one is on")],
)
def test_doctor_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, said: str | None, state: str, what: str
) -> None:
    monkeypatch.setattr(doctor, "output", lambda command, env=None: said)
    finding = doctor._egress_guard(context(Path(sys.executable)))
    assert (finding.state, finding.what) == (state, what)


@pytest.mark.parametrize(
    ("answer", "said"),
    [((200, {"egress_guard": "kernel (seccomp)"}), "kernel (seccomp)"), ((0, None), "unknown")],
)
def test_status_asks_the_runner(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: tuple[int, Any], said: str
) -> None:
    asked: list[str] = []

    def get_json(url: str) -> tuple[int, Any]:
        asked.append(url)
        return answer

    monkeypatch.setattr(embedded, "get_json", get_json)
    settings = Settings.from_environment({"GLUE_APP_STATE": str(tmp_path)})
    engine = EmbeddedEngine(settings, Toolchain(), print)
    assert engine.egress_guard(StackRecord("embedded", "g1", 24000, 24001, 24002)) == said
    assert asked == ["http://127.0.0.1:24001/healthz"]
