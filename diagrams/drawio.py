"""A figure as a draw.io file: uncompressed mxGraphModel XML, so that changes read well in a diff."""

from __future__ import annotations

from html import escape
from xml.etree import ElementTree as ET

from diagrams import glyphs
from diagrams.model import LINE_SIZE, NAME_SIZE, TILE, TILE_MARGIN, Area, Arrow, Card, Figure, Note

FONT, INK, MUTED = "Helvetica", "#16191F", "#5A6B86"


def _label(name: str, lines: tuple[str, ...]) -> str:
    text = f'<b style="font-size:{NAME_SIZE}px">{escape(name)}</b>' if name else ""
    for line in lines:
        text += f'<br><span style="font-size:{LINE_SIZE}px;color:{MUTED}">{escape(line)}</span>'
    return text


def _style(**settings: object) -> str:
    return "".join(f"{key}={value};" for key, value in settings.items())


def _vertex(root: ET.Element, ident: str, value: str, style: str, bounds: tuple[int, int, int, int]) -> None:
    cell = ET.SubElement(
        root,
        "mxCell",
        {"id": ident, "value": value, "style": style, "vertex": "1", "parent": "1"},
    )
    x, y, width, height = (str(number) for number in bounds)
    ET.SubElement(cell, "mxGeometry", {"x": x, "y": y, "width": width, "height": height, "as": "geometry"})


def _area(root: ET.Element, area: Area) -> None:
    style = _style(
        rounded=1,
        arcSize=8,
        absoluteArcSize=1,
        html=1,
        fillColor=area.fill,
        strokeColor=area.stroke,
        strokeWidth=1.6,
        dashed=int(area.dashed),
        verticalAlign="top",
        align="left",
        spacingLeft=10,
        spacingTop=3,
        fontFamily=FONT,
        fontSize=area.title_size,
        fontStyle=1,
        fontColor=area.text or area.stroke,
    )
    _vertex(root, area.id, escape(area.title), style, (area.x, area.y, area.width, area.height))


def _card(root: ET.Element, card: Card) -> None:
    settings: dict[str, object] = {"rounded": 1, "arcSize": 8, "absoluteArcSize": 1, "html": 1}
    if card.glyph:
        spacing = TILE_MARGIN - 5  # draw.io adds 5 to an image's spacing
        settings |= {"shape": "label", "imageWidth": TILE, "imageHeight": TILE, "imageAlign": "left"}
        settings |= {"align": "left", "spacing": spacing, "spacingLeft": TILE + 2 * TILE_MARGIN - spacing}
        settings |= {"image": glyphs.data_uri(glyphs.tile(card.glyph, card.color, dashed=card.dashed))}
    style = _style(
        **settings,
        fillColor="#FFFFFF",
        strokeColor=card.color,
        strokeWidth=1.6,
        dashed=int(card.dashed),
        fontFamily=FONT,
        fontColor=INK,
    )
    value = _label(card.name, card.lines)
    _vertex(root, card.id, value, style, (card.x, card.y, card.width, card.height))


def _note(root: ET.Element, note: Note) -> None:
    style = "text;" + _style(
        html=1,
        align=note.align,
        verticalAlign="top",
        spacing=0,
        fontFamily=FONT,
        fontSize=note.size,
        fontStyle=int(note.bold),
        fontColor=note.color,
    )
    lines = note.text.split("\n")
    width = max(len(line) for line in lines) * note.size * 6 // 10
    left = {"left": note.x, "center": note.x - width // 2, "right": note.x - width}[note.align]
    value = "<br>".join(escape(line) for line in lines)
    _vertex(root, note.id, value, style, (left, note.y, width, len(lines) * (note.size + 4)))


def _arrow(root: ET.Element, figure: Figure, arrow: Arrow) -> None:
    exit_x, exit_y = figure.anchor(arrow, arrow.start)
    entry_x, entry_y = figure.anchor(arrow, arrow.end)
    style = _style(
        edgeStyle="none",
        rounded=1,
        html=1,
        exitX=f"{exit_x:.4g}",
        exitY=f"{exit_y:.4g}",
        exitDx=0,
        exitDy=0,
        exitPerimeter=0,
        entryX=f"{entry_x:.4g}",
        entryY=f"{entry_y:.4g}",
        entryDx=0,
        entryDy=0,
        entryPerimeter=0,
        strokeColor=arrow.color,
        strokeWidth=arrow.width,
        dashed=int(arrow.dashed),
        endArrow="block",
        endFill=1,
        endSize=5,
        startArrow="block" if arrow.both else "none",
        startFill=1,
        startSize=5,
    )
    cell = ET.SubElement(
        root,
        "mxCell",
        {
            "id": arrow.id,
            "style": style,
            "edge": "1",
            "parent": "1",
            "source": arrow.start.node,
            "target": arrow.end.node,
        },
    )
    geometry = ET.SubElement(cell, "mxGeometry", {"relative": "1", "as": "geometry"})
    if arrow.corners:
        points = ET.SubElement(geometry, "Array", {"as": "points"})
        for x, y in arrow.corners:
            ET.SubElement(points, "mxPoint", x=str(x), y=str(y))


def to_drawio(figure: Figure) -> str:
    """Return the text of the .drawio file. The same figure gives the same bytes: no dates, no random ids."""
    file = ET.Element("mxfile", host="glue-app", type="device")
    diagram = ET.SubElement(file, "diagram", id=figure.name, name=figure.name)
    model = ET.SubElement(
        diagram,
        "mxGraphModel",
        grid="1",
        gridSize="10",
        page="1",
        pageWidth=str(figure.width),
        pageHeight=str(figure.height),
        background="#FFFFFF",
    )
    root = ET.SubElement(model, "root")
    ET.SubElement(root, "mxCell", id="0")
    ET.SubElement(root, "mxCell", {"id": "1", "parent": "0"})
    for area in figure.areas:
        _area(root, area)
    for arrow in figure.arrows:
        _arrow(root, figure, arrow)
    for card in figure.cards:
        _card(root, card)
    for note in figure.notes:
        _note(root, note)
    ET.indent(file)
    return ET.tostring(file, encoding="unicode") + "\n"
