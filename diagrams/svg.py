"""The same figure as SVG, the step before the PNG."""

from __future__ import annotations

from html import escape
from math import atan2, cos, hypot, sin

from diagrams import glyphs
from diagrams.model import LINE_SIZE, NAME_SIZE, TILE, TILE_MARGIN, Area, Arrow, Card, Figure, Note

FONT = "Roboto, Helvetica, Arial, sans-serif"
INK, MUTED = "#16191F", "#5A6B86"
HEAD = 9.0  # length of an arrow's head
LINE_STEP = LINE_SIZE + 4
CURVE = 7.0  # radius of an arrow's corners

Point = tuple[float, float]


def _text(x: float, y: float, text: str, size: int, color: str, bold: bool, anchor: str) -> str:
    weight = "bold" if bold else "normal"
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{color}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _rectangle(shape: Area | Card, fill: str, stroke: str) -> str:
    dash = ' stroke-dasharray="6 4"' if shape.dashed else ""
    return (
        f'<rect x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}" rx="8" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1.6"{dash}/>'
    )


def _area(area: Area) -> str:
    title = _text(
        area.x + 12,
        area.y + 7 + area.title_size,
        area.title,
        area.title_size,
        area.text or area.stroke,
        True,
        "start",
    )
    return _rectangle(area, area.fill, area.stroke) + title


def _card(card: Card) -> str:
    parts = [_rectangle(card, "#FFFFFF", card.color)]
    x, anchor = card.x + card.width / 2, "middle"
    if card.glyph:
        tile = glyphs.tile(card.glyph, card.color, dashed=card.dashed)
        left, top = card.x + TILE_MARGIN, card.y + (card.height - TILE) / 2
        parts.append(f'<g transform="translate({left} {top:g}) scale({TILE / 48:.4g})">{tile}</g>')
        x, anchor = card.x + TILE + 2 * TILE_MARGIN, "start"
    y = card.y + (card.height - NAME_SIZE - LINE_STEP * len(card.lines)) / 2 + NAME_SIZE - 2.5
    parts.append(_text(x, y, card.name, NAME_SIZE, INK, True, anchor))
    for line in card.lines:
        y += LINE_STEP
        parts.append(_text(x, y, line, LINE_SIZE, MUTED, False, anchor))
    return "".join(parts)


def _note(note: Note) -> str:
    anchor = {"left": "start", "center": "middle", "right": "end"}[note.align]
    step = note.size + 4
    return "".join(
        _text(note.x, note.y + note.size + index * step, line, note.size, note.color, note.bold, anchor)
        for index, line in enumerate(note.text.split("\n"))
    )


def _head(tip: Point, before: Point, color: str) -> str:
    angle = atan2(tip[1] - before[1], tip[0] - before[0])
    corners = [
        (tip[0] - HEAD * cos(angle + turn), tip[1] - HEAD * sin(angle + turn)) for turn in (-0.42, 0.42)
    ]
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in (tip, *corners))
    return f'<polygon points="{points}" fill="{color}"/>'


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    share = min(distance, length / 2) / length
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _path(points: list[Point]) -> str:
    steps = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (ax, ay), (bx, by) = _towards(corner, before, CURVE), _towards(corner, after, CURVE)
        steps.append(f"L{ax:g} {ay:g}Q{corner[0]:g} {corner[1]:g} {bx:g} {by:g}")
    steps.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(steps)


def _arrow(figure: Figure, arrow: Arrow) -> str:
    points = [figure.point(arrow, arrow.start), *arrow.corners, figure.point(arrow, arrow.end)]
    heads = _head(points[-1], points[-2], arrow.color)
    line = list(points)
    line[-1] = _towards(points[-1], points[-2], HEAD * 0.7)
    if arrow.both:
        heads += _head(points[0], points[1], arrow.color)
        line[0] = _towards(points[0], points[1], HEAD * 0.7)
    dash = ' stroke-dasharray="6 4"' if arrow.dashed else ""
    stroke = f'stroke="{arrow.color}" stroke-width="{arrow.width:g}"{dash}'
    return f'<path d="{_path(line)}" fill="none" {stroke}/>{heads}'


def to_svg(figure: Figure) -> str:
    """Return the figure as one SVG document."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{figure.width}" height="{figure.height}" '
        f'viewBox="0 0 {figure.width} {figure.height}" font-family="{FONT}">',
        f'<rect width="{figure.width}" height="{figure.height}" fill="#FFFFFF"/>',
        *(_area(area) for area in figure.areas),
        *(_arrow(figure, arrow) for arrow in figure.arrows),
        *(_card(card) for card in figure.cards),
        *(_note(note) for note in figure.notes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
