"""AWS's Session Manager plugin, which `aws ssm start-session` wants on PATH: found, or built from source.

Its modules come from the Go module proxy, in the versions of requirements/session-manager-plugin/go.mod, each
checked against go.sum.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from glue_app.bootstrap import owned
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import MissingProgramError
from glue_app.bootstrap.layout import REQUIREMENTS
from glue_app.bootstrap.process import output, run
from glue_app.bootstrap.spoken import spoken
from glue_app.bootstrap.stamps import exclusive

NAME = "session-manager-plugin"
_PACKAGE = "github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main"
_MODULES = REQUIREMENTS / NAME
_GUIDE = "docs.aws.amazon.com/systems-manager/latest/userguide/"
_INSTALLERS = f"{_GUIDE}session-manager-working-with-install-plugin.html"


def folder(tools: Path) -> Path:
    """Return where the built one lies, alone: the folder may be put on PATH."""
    return tools / NAME


def built(tools: Path) -> Path | None:
    """Return the one that was built, None where there is none."""
    program = folder(tools) / NAME
    return program if os.access(program, os.X_OK) else None


def find(tools: Path) -> Path | None:
    """Return the plugin on PATH, else the one that was built."""
    on_path = shutil.which(NAME)
    return Path(on_path) if on_path else built(tools)


def get(tools: Path, log: Path, console: Console) -> Path:
    """Return the plugin, built where there is none. Raise MissingProgramError without Go, BootstrapError."""
    if found := find(tools):
        return found
    go = shutil.which("go")
    if go is None:
        raise MissingProgramError(
            f"there is no {NAME}, and no Go to build it with",
            remedy=f"install AWS's own ({_INSTALLERS}),\nor Go 1.24 or later and run this again",
        )
    console.say(NAME, "… none on this machine: built from the Go module proxy, one to four minutes")
    work = tools / f".{NAME}.new"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(_MODULES, work)
    program = work / NAME
    run(
        [go, "build", "-C", work, "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", program, _PACKAGE],
        log,
        console,
        NAME,
        os.environ | {"GOWORK": "off", "GOFLAGS": ""},
        remedy="look whether the Go module proxy (GOPROXY) can be reached; then run it again",
    )
    shutil.rmtree(folder(tools), ignore_errors=True)
    work.rename(folder(tools))
    return folder(tools) / NAME


def version(plugin: Path) -> str:
    """Return the version that it says, empty where it doesn't run."""
    return output([plugin, "--version"]) or ""


def have(tools: Path) -> None:
    """Get it where it is missing, and print where it is.

    Raise NotOursError, MissingProgramError, BootstrapError.
    """
    owned.claim(tools, owned.TOOLS)
    with exclusive(tools / "lock", "another command works on the tools: waiting for it", print):
        plugin = get(tools, tools / "logs" / f"{NAME}.log", Console())
    print(f"{NAME} {version(plugin)}, {plugin}")
    if plugin == built(tools):
        print(spoken("`make env` puts it on the PATH of .state/env.sh"))
