"""Finds Terraform and copies of the AWS provider that the machine already has."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from glue_app.bootstrap.layout import system
from glue_app.bootstrap.process import output

OLDEST = (1, 11)
SHIM = "# written by make up: terraform, in infra/ with the state of the running stack"
PROVIDER_VERSION = "5.100.0"  # infra/ pins the same (a test compares them)


def find() -> tuple[Path, str] | None:
    """(terraform, its version) when there is one of at least OLDEST."""
    places = [on_path()]
    places += ["/usr/local/bin/terraform", "/opt/homebrew/bin/terraform", str(Path.home() / "bin/terraform")]
    places += [str(Path.home() / ".local/bin/terraform"), "/snap/bin/terraform"]
    for place in dict.fromkeys(p for p in places if p and os.access(p, os.X_OK)):
        version = version_of(Path(place))
        if version and tuple(int(n) for n in version.split(".")[:2]) >= OLDEST:
            return Path(place), version
    return None


def on_path() -> str:
    """Return the first terraform on PATH that is no stack's shim (stack/terraform_shim.py); "" for none.

    A shell that sourced env.sh has one first, and it would call itself as the terraform of the tools.
    """
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        place = shutil.which("terraform", path=folder) if folder else None
        if place and SHIM.encode() not in _beginning(place):
            return place
    return ""


def _beginning(place: str) -> bytes:
    try:
        with open(place, "rb") as program:
            return program.read(200)
    except OSError:
        return b""


def version_of(terraform: Path) -> str | None:
    """Return it as `1.11.4`; None when it doesn't run."""
    printed = output([terraform, "version", "-json"])
    if not printed:
        return None
    try:
        # a warning about the user's CLI configuration may stand before the JSON
        found = json.loads(printed[printed.index("{") :])["terraform_version"]
    except (ValueError, KeyError):
        return None
    return re.sub(r"[-+].*", "", str(found))


def mirror_candidates() -> Iterator[Path]:
    """Folders in the layout of a Terraform filesystem mirror; some may not exist."""
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"):
        if os.environ.get(name):
            yield from _mirrors_of_config(Path(os.environ[name]))
    yield from _mirrors_of_config(Path.home() / ".terraformrc")
    if os.environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(os.environ["TF_PLUGIN_CACHE_DIR"])
    yield Path.home() / ".terraform.d/plugins"
    yield Path.home() / ".terraform.d/plugin-cache"
    yield Path.home() / "Library/Application Support/io.terraform/plugins"
    for folder in ("/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"):
        yield Path(folder)
    yield from sorted({found.parents[2] for found in Path("/opt").glob("*/*/hashicorp/aws")})


def _mirrors_of_config(config: Path) -> list[Path]:
    if not config.is_file():
        return []
    found = re.findall(r'(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"', config.read_text(errors="replace"))
    return [Path(os.path.expandvars(path)).expanduser() for path in found]


def find_mirror(version: str = PROVIDER_VERSION) -> Path | None:
    """Return the first folder that holds hashicorp/aws `version` for this machine, unpacked or packed."""
    platform = "_".join(system())
    for folder in dict.fromkeys(mirror_candidates()):
        for provider in folder.glob("*/hashicorp/aws"):  # the first part is the registry's host name
            packed = provider / f"terraform-provider-aws_{version}_{platform}.zip"
            if packed.is_file() or any((provider / version / platform).glob("terraform-provider-aws*")):
                return folder
    return None
