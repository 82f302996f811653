"""Write glue-app.drawio and glue-app.png from `figure.py`.

    uv run --no-project --with resvg-py==0.5.0 --with font-roboto==0.0.1 python -m diagrams.generate

`--drawio-only` needs neither package. tests/unit/docs fails when either file is older than the figure.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from diagrams import png
from diagrams.drawio import to_drawio
from diagrams.figure import FIGURE
from diagrams.svg import to_svg

HERE = Path(__file__).parent
DRAWIO = HERE / "glue-app.drawio"
PNG = HERE / "glue-app.png"


def main() -> int:
    """Write both files; exit 1 with the remedy when the renderer is not installed."""
    parser = argparse.ArgumentParser(description="Write the architecture figure from diagrams/figure.py.")
    parser.add_argument("--drawio-only", action="store_true", help="leave the PNG as it is")
    arguments = parser.parse_args()
    drawing = to_drawio(FIGURE)
    DRAWIO.write_text(drawing, encoding="utf-8")
    if arguments.drawio_only:
        return 0
    try:
        picture = png.render(to_svg(FIGURE))
    except ImportError as error:
        print(f"{error}. Run it as the first lines of {Path(__file__).name} show.", file=sys.stderr)
        return 1
    PNG.write_bytes(png.with_drawing(picture, drawing))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
