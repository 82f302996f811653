"""`make doctor` looks at what the settings name, not at their defaults."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from glue_app.bootstrap import doctor
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.context import Context
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.glue_versions import parse
from glue_app.setting_readers import SettingError


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, Console(), Toolchain(), parse("4.0"))


def test_the_network_of_databases_is_the_one_that_is_set(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLUE_APP_RDS_NETWORK", "127.0.0.0/24")
    assert "127.0.0.0/24" in doctor._loopback(context).what
    monkeypatch.setenv("GLUE_APP_RDS_NETWORK", "10.0.0.0/8")
    with pytest.raises(SettingError, match="GLUE_APP_RDS_NETWORK"):
        doctor._loopback(context)


def test_the_port_is_the_one_that_is_set(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who listens there is named as a fact: it may be the running stack."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("EDGE_PORT", str(port))
        assert f"{port} is taken" in doctor._endpoint_port(context).what
    assert f"{port} is free" in doctor._endpoint_port(context).what
