"""Makes a wheel for every Python of one that carries a compiled part which its package can do without.

What the job brings along is pure Python (docs/adr/0004). PyYAML is published with its C parser only; its
Python parser, which is the one that we use, lies in the same wheel.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from glue_app.bootstrap.errors import BootstrapError

_WITHOUT_COMPILED_PART = ("PyYAML",)
_COMPILED = (".so", ".pyd", ".dylib")
_PURE = "-py3-none-any.whl"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: every machine makes the same bytes


def purify(wheel: Path) -> Path:
    """Return the wheel itself if it is pure, else a pure one in its place.

    Raise BootstrapError for a package that isn't known to work without its compiled part.
    """
    if wheel.name.endswith("-none-any.whl"):
        return wheel
    name, version = wheel.name.split("-")[:2]
    if name not in _WITHOUT_COMPILED_PART:
        raise BootstrapError(f"{wheel.name} isn't pure Python: the job can't bring it along (docs/adr/0004)")
    pure = wheel.with_name(f"{name}-{version}{_PURE}")
    with zipfile.ZipFile(wheel) as source:
        files = {
            entry: source.read(entry)
            for entry in sorted(source.namelist())
            if not entry.endswith(("/", *_COMPILED, ".dist-info/RECORD"))
        }
    information = f"{name}-{version}.dist-info"
    files[f"{information}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: glue-app\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(f"{entry},{_digest(content)},{len(content)}\n" for entry, content in files.items())
    files[f"{information}/RECORD"] = f"{record}{information}/RECORD,,\n".encode()
    with zipfile.ZipFile(pure, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for entry, content in files.items():
            member = zipfile.ZipInfo(entry, _EPOCH)
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, content)
    wheel.unlink()
    return pure


def _digest(content: bytes) -> str:
    """As RECORD has it: base64 for URLs, without padding."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return "sha256=" + digest.decode().rstrip("=")
