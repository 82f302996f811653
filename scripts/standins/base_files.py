"""What the base of the stand-ins is made of: Debian by debootstrap, and what is this machine's own.

A build talks to the package registries as this machine does: with its certificates, its pip.conf, its proxies
and its mirrors. They are put into the build context, never into the repository.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from glue_app.bootstrap import uv
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import MissingProgramError
from glue_app.bootstrap.process import output, run
from glue_app.bootstrap.toolchain import Toolchain

SUITE = "bookworm"
_TITLE = "Debian"
# curl and procps for health checks, the libraries for Pythons that were built on Debian
_PACKAGES = (
    "ca-certificates", "curl", "procps", "libbz2-1.0", "libexpat1", "libffi8", "liblzma5", "libncursesw6",
    "libnsl2", "libreadline8", "libsqlite3-0", "libssl3", "libtirpc3", "libuuid1", "zlib1g",
)  # fmt: skip
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "timeout", "retries")


def add(context: Path, tools: Path, console: Console) -> None:
    """rootfs.tar and host/ in the build context. Raises BootstrapError."""
    host(context / "host", tools, console)
    _root(context / "rootfs.tar", tools, console)


def host(folder: Path, tools: Path, console: Console) -> None:
    """Write what is this machine's own, as files of an image."""
    files = {
        "etc/pip.conf": pip_conf(),
        "etc/apt/apt.conf.d/90host": apt_conf(output(["apt-config", "dump", "Acquire"]) or ""),
    }
    bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), "")
    if bundle and Path(bundle).is_file():
        files["usr/local/share/ca-certificates/host.crt"] = Path(bundle).read_text(errors="replace")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    known = Path(Toolchain.load(tools).uv)
    manager = (
        known if known.is_file() else uv.find(tools) or uv.install(tools, tools / "logs/uv.log", console)
    )
    (folder / "opt/stand-in").mkdir(parents=True)
    shutil.copy(manager, folder / "opt/stand-in/uv")


def pip_conf() -> str:
    """pip's settings: the certificates, and the mirror that this machine's variables name."""
    lines = ["[global]", "cert = /etc/ssl/certs/ca-certificates.crt"]
    for setting in _PIP_SETTINGS:
        value = os.environ.get("PIP_" + setting.upper().replace("-", "_"))
        lines += [f"{setting} = {value}"] if value else []
    return "\n".join(lines) + "\n"


def apt_conf(dumped: str) -> str:
    """apt's proxies out of `apt-config dump`."""
    lines = [line for line in dumped.splitlines() if re.match(r'Acquire::\w+::Proxy\b.* "..*";$', line)]
    return "\n".join([*lines, ""])


def _root(tar: Path, tools: Path, console: Console) -> None:
    debootstrap = shutil.which("debootstrap") or shutil.which("debootstrap", path="/usr/sbin")
    if not debootstrap or os.geteuid() != 0:
        raise MissingProgramError(
            "the base needs debootstrap, and to be root",
            remedy="apt-get install debootstrap; or pull the real images where a registry is reached",
        )
    # in memory where there is some: dpkg waits for the disk after each file
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2e9
    with tempfile.TemporaryDirectory(dir=memory if roomy else None) as work:
        root = Path(work, "root")
        packages = f"--include={','.join(_PACKAGES)}"
        log = tools / "logs" / "debootstrap.log"
        run([debootstrap, "--variant=minbase", packages, SUITE, root], log, console, _TITLE)
        with tarfile.open(tar, "w") as archive:
            archive.add(root, ".", filter=_without_caches)


def _without_caches(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    inside = member.name.removeprefix("./")
    caches = ("var/cache/apt/", "var/lib/apt/lists/", "var/log/", "usr/share/doc/", "usr/share/man/")
    devices = inside.startswith("dev/")  # the engine brings its own
    return None if devices or (inside.startswith(caches) and not member.isdir()) else member
