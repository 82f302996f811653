"""`make docs`: writes every generated part of the documents and the figure anew.

`--check` writes nothing and ends with 1 where one is not what the code says; `make check` asks for that.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from diagrams import png
from diagrams.drawio import to_drawio
from diagrams.figure import FIGURE
from diagrams.generate import DRAWIO, PNG
from glue_app.bootstrap import uv
from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.settings import Settings
from scripts import bi_docs, evolution_docs, parity, reading_docs, rooms

WRITTEN: dict[Path, Callable[[str], str]] = {
    parity.LEDGER: parity.written,
    bi_docs.GUIDE: bi_docs.written,
    reading_docs.GUIDE: lambda text: evolution_docs.written(reading_docs.written(text)),
    rooms.PAGE: rooms.written,
    DRAWIO: lambda _: to_drawio(FIGURE),
}
"""Each document → what it should be, made from what it is."""

# It needs two packages that nothing else does: uv gets them for this one call.
_PICTURE = ("run", "--no-project", "--with", "resvg-py==0.5.0", "--with", "font-roboto==0.0.1")


def stale() -> list[Path]:
    """Return the files that are not what the code says."""
    now = {path: path.read_text(encoding="utf-8") for path in WRITTEN}
    documents = [path for path, written in WRITTEN.items() if written(now[path]) != now[path]]
    return documents if png.drawing_of(PNG.read_bytes()) == to_drawio(FIGURE) else [*documents, PNG]


def write(settings: Settings) -> list[Path]:
    """Write the stale ones; their names."""
    files = stale()
    for path in files:
        if path == PNG:
            _draw(settings)
        else:
            path.write_text(WRITTEN[path](path.read_text(encoding="utf-8")), encoding="utf-8")
    return files


def _draw(settings: Settings) -> None:
    command = [Toolchain.load(settings.tools).uv, *_PICTURE, "python", "-m", "diagrams.generate"]
    subprocess.run(command, cwd=ROOT, env=uv.environment(settings.tools), check=True)


def main(argv: list[str] | None = None) -> int:
    """0 when all is as it should be."""
    parser = argparse.ArgumentParser(prog="docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    check = parser.parse_args(argv).check
    return entry.run("docs", lambda settings: _run(settings, check))


def _run(settings: Settings, check: bool) -> int:
    files = stale() if check else write(settings)
    for path in files:
        name = path.relative_to(ROOT)
        print(f"{name} is not what the code says: run make docs" if check else f"wrote {name}")
    return 1 if check and files else 0


if __name__ == "__main__":
    sys.exit(main())
