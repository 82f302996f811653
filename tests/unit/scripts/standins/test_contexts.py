"""What a stand-in's build context gets from this machine, and what it does not."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import MissingProgramError
from scripts.standins import base_files, python_files

QUIET = Console(quiet=True)
DUMPED = """Acquire "";
Acquire::http "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::http::Timeout "30";
Acquire::https::Proxy::mirror.example "DIRECT";
Acquire::Languages "none";
"""


def a_python(prefix: Path) -> Path:
    """The files of a Python 3.13 and of things that no image needs."""
    for name in (
        "bin/python3.13", "bin/pip3", "lib/libpython3.13.so.1.0", "lib/libtcl.so",
        "lib/python3.13/os.py", "lib/python3.13/email/message.py", "lib/python3.13/__pycache__/os.pyc",
        "lib/python3.13/test/test_os.py", "lib/python3.13/site-packages/secret.py",
        "lib/python3.13/config-3.13-x86_64/libpython3.13.a", "lib/python3.13/lib-dynload/_ssl.so",
        "lib/python3.13/lib-dynload/_tkinter.so", "lib/python3.13/EXTERNALLY-MANAGED",
    ):  # fmt: skip
        (prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (prefix / name).write_text(name)
    return prefix


def test_a_python_is_packed_without_tests_and_what_was_installed_into_it(tmp_path: Path) -> None:
    python_files.pack(a_python(tmp_path / "py"), "3.13", tmp_path / "python.tar")
    with tarfile.open(tmp_path / "python.tar") as packed:
        files = {member.name for member in packed.getmembers() if member.isfile()}
        assert {member.uid for member in packed.getmembers()} == {0}
    assert files == {
        "bin/python3.13",
        "lib/libpython3.13.so.1.0",
        "lib/python3.13/os.py",
        "lib/python3.13/email/message.py",
        "lib/python3.13/lib-dynload/_ssl.so",
    }


def test_the_systems_own_python_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts lie all over /usr, and in Debian's own places."""
    python = tmp_path / "python3.13"
    python.write_text('#!/bin/sh\ncase "$3" in *base_prefix*) echo /usr;; *) echo 3.13.0;; esac\n')
    python.chmod(0o755)
    monkeypatch.setattr("glue_app.bootstrap.find_python.candidates", lambda version: iter([python]))
    monkeypatch.setattr("glue_app.bootstrap.uv.find", lambda tools: None)
    with pytest.raises(MissingProgramError, match=r"no Python 3\.13 that can be copied"):
        python_files.prefix_of("3.13", tmp_path, QUIET)


def test_a_python_of_a_version_manager_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = a_python(tmp_path / "versions/3.13.0")
    python = prefix / "bin/python3.13"
    python.write_text(f'#!/bin/sh\ncase "$3" in *base_prefix*) echo {prefix};; *) echo 3.13.0;; esac\n')
    python.chmod(0o755)
    monkeypatch.setattr("glue_app.bootstrap.find_python.candidates", lambda version: iter([python]))
    assert python_files.prefix_of("3.13", tmp_path, QUIET) == prefix


def test_apts_proxies_are_passed_on_and_nothing_else() -> None:
    assert base_files.apt_conf(DUMPED).splitlines() == [
        'Acquire::http::Proxy "http://proxy.example:3128";',
        'Acquire::https::Proxy::mirror.example "DIRECT";',
    ]


def test_pips_mirror_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert "index-url" not in base_files.pip_conf()
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert "index-url = https://mirror.example/simple\n" in base_files.pip_conf()


def test_this_machines_certificates_are_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in base_files._BUNDLES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "uv").write_text("uv")
    monkeypatch.setattr("glue_app.bootstrap.uv.find", lambda tools: tmp_path / "uv")
    base_files.host(tmp_path / "without", tmp_path, QUIET)
    certificates = "usr/local/share/ca-certificates/host.crt"
    assert not (tmp_path / "without" / certificates).exists()
    (tmp_path / "bundle.pem").write_text("-----BEGIN CERTIFICATE-----")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    base_files.host(tmp_path / "with", tmp_path, QUIET)
    assert (tmp_path / "with" / certificates).read_text() == "-----BEGIN CERTIFICATE-----"
    assert (tmp_path / "with/opt/stand-in/uv").read_text() == "uv"


def test_who_is_not_root_can_not_make_the_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(MissingProgramError, match="to be root"):
        base_files.add(tmp_path, tmp_path, QUIET)
