"""Line glyphs of the figure, drawn for this project on a 48 x 48 field.

Plain shapes on purpose: draw.io's AWS stencils cannot be rendered outside draw.io, and the picture in
the README must be the drawing that draw.io opens.
"""

from __future__ import annotations

import base64

_GLYPHS: dict[str, tuple[str, ...]] = {
    "bucket": (
        '<ellipse cx="24" cy="13" rx="13" ry="4"/>',
        '<path d="M11 13l3.5 22c1 4 18 4 19 0L37 13"/>',
    ),
    "event": (
        '<circle cx="24" cy="24" r="5"/>',
        '<circle cx="24" cy="9" r="3"/>',
        '<circle cx="37" cy="32" r="3"/>',
        '<circle cx="11" cy="32" r="3"/>',
        '<path d="M24 12v7M28.4 26.6l6 3.8M19.6 26.6l-6 3.8"/>',
    ),
    "states": (
        '<rect x="17" y="8" width="14" height="9" rx="2"/>',
        '<rect x="8" y="31" width="13" height="9" rx="2"/>',
        '<rect x="27" y="31" width="13" height="9" rx="2"/>',
        '<path d="M24 17v7M14.5 31v-7h19v7"/>',
    ),
    "queue": (
        '<rect x="8" y="17" width="8" height="14" rx="1.5"/>',
        '<rect x="20" y="17" width="8" height="14" rx="1.5"/>',
        '<rect x="32" y="17" width="8" height="14" rx="1.5"/>',
    ),
    "bell": (
        '<path d="M12 34h24c-3-3-3.5-6-3.5-12a8.5 8.5 0 0 0-17 0c0 6-.5 9-3.5 12zM21 38.5c1.5 2 4.5 2 6 0"/>',
    ),
    "funnel": ('<path d="M9 11h30L28 25v11l-8 4V25z"/>',),
    "spark": (
        '<path d="M22 9c1.2 8.5 4.5 11.8 13 13-8.5 1.2-11.8 4.5-13 13'
        '-1.2-8.5-4.5-11.8-13-13 8.5-1.2 11.8-4.5 13-13z"/>',
        '<path d="M36 31c.5 3.5 1.5 4.5 5 5-3.5.5-4.5 1.5-5 5-.5-3.5-1.5-4.5-5-5 3.5-.5 4.5-1.5 5-5z"/>',
    ),
    "database": (
        '<ellipse cx="24" cy="13" rx="12" ry="4.5"/>',
        '<path d="M12 13v22c0 6 24 6 24 0V13M12 24c0 6 24 6 24 0"/>',
    ),
    "endpoint": (
        '<circle cx="24" cy="24" r="8"/>',
        '<circle cx="24" cy="24" r="2"/>',
        '<path d="M6 24h10M32 24h10"/>',
    ),
    "terminal": (
        '<rect x="8" y="11" width="32" height="26" rx="3"/>',
        '<path d="M14 19l6 5-6 5M24 30h9"/>',
    ),
    "chart": (
        '<path d="M10 9v29h29"/>',
        '<path d="M17 32v-7M24 32V17M31 32V21"/>',
    ),
    "file": (
        '<path d="M13 7h15l8 8v26H13zM28 7v8h8"/>',
        '<path d="M18 23h13M18 29h13M18 35h8"/>',
    ),
    "laptop": (
        '<rect x="11" y="12" width="26" height="18" rx="2"/>',
        '<path d="M6 36h36"/>',
    ),
    "lock": (
        '<rect x="12" y="22" width="24" height="17" rx="2.5"/>',
        '<path d="M17 22v-5a7 7 0 0 1 14 0v5M24 28v5"/>',
    ),
    "code": ('<path d="M17 15l-9 9 9 9M31 15l9 9-9 9M27 10l-6 28"/>',),
    "gateway": (
        '<path d="M9 24h30M30 15l9 9-9 9"/>',
        '<path d="M20 9v30"/>',
    ),
    "server": (
        '<rect x="9" y="10" width="30" height="12" rx="2.5"/>',
        '<rect x="9" y="26" width="30" height="12" rx="2.5"/>',
        '<path d="M15 16h.1M15 32h.1"/>',
    ),
}


def line(glyph: str, color: str) -> str:
    """Draw the glyph as an SVG group in `color`, on its 48 x 48 field. Raise KeyError for an unknown name."""
    return (
        f'<g fill="none" stroke="{color}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">'
        f"{''.join(_GLYPHS[glyph])}</g>"
    )


def tile(glyph: str, color: str, *, dashed: bool = False) -> str:
    """Return a service's square: white glyph on `color`, or an outlined square when it is optional."""
    if dashed:
        frame = f'<rect x="1.5" y="1.5" width="45" height="45" rx="8" fill="#FFFFFF" stroke="{color}" '
        return f'{frame}stroke-width="2" stroke-dasharray="5 3.5"/>{line(glyph, color)}'
    return f'<rect width="48" height="48" rx="8" fill="{color}"/>{line(glyph, "#FFFFFF")}'


def data_uri(body: str) -> str:
    """Write an SVG as draw.io wants it in a style: base64 without `;base64`, which would end the value."""
    # draw.io gives an image without a size of its own none at all
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48">'
        + body
        + "</svg>"
    )
    return "data:image/svg+xml," + base64.b64encode(svg.encode()).decode()
