"""The PNG: the SVG rendered by resvg, with the draw.io file inside it.

draw.io itself keeps a drawing in a PNG's text chunk named `mxfile`; doing the same lets diagrams.net
open the picture, and lets the test see whether picture and drawing belong together.
"""

from __future__ import annotations

import struct
import zlib
from urllib.parse import quote, unquote

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"mxfile"


class NoDrawingError(ValueError):
    """The PNG has no `mxfile` chunk: it was not made by `diagrams.generate`."""


def render(svg: str, *, scale: int = 2) -> bytes:
    """Draw the SVG as PNG bytes, with the Roboto of the font-roboto package and no font of the machine.

    Raise ImportError when resvg-py or font-roboto is missing; `generate.py` says how to bring them.
    """
    import font_roboto  # type: ignore[import-not-found,unused-ignore]
    import resvg_py  # type: ignore[import-not-found,unused-ignore]

    fonts = [font_roboto.Roboto, font_roboto.RobotoBold]
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=fonts, skip_system_fonts=True, zoom=scale))


def with_drawing(png: bytes, drawio: str) -> bytes:
    """Return the PNG with the draw.io file in a text chunk after the header chunk."""
    body = b"tEXt" + KEYWORD + b"\0" + quote(drawio, safe="").encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    end_of_header = len(SIGNATURE) + 25
    return png[:end_of_header] + chunk + png[end_of_header:]


def drawing_of(png: bytes) -> str:
    """Return the draw.io file inside a PNG. Raise NoDrawingError when there is none."""
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"tEXt" and data.startswith(KEYWORD + b"\0"):
            return unquote(data[len(KEYWORD) + 1 :].decode())
        at += 12 + length
    raise NoDrawingError("the PNG carries no draw.io file")
