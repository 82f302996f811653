"""What a figure is made of. Lengths are pixels of the drawing, y grows downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["left", "right", "top", "bottom"]

#: The point of each side as fractions of width and height, as draw.io's exitX/exitY count them.
SIDES: dict[Side, tuple[float, float]] = {
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
}


TILE = 40  # side of a card's coloured square
TILE_MARGIN = 9
NAME_SIZE = 16  # of a card's name and of the lines below it
LINE_SIZE = 14


class UnknownNodeError(KeyError):
    """An arrow names a node that the figure does not have."""

    def __init__(self, arrow: str, node: str) -> None:
        super().__init__(f"arrow {arrow!r} names node {node!r}, which the figure does not have")
        self.arrow = arrow
        self.node = node


@dataclass(frozen=True)
class Area:
    """A frame around other things: an AWS region, a VPC, a subnet, the offline band."""

    id: str
    x: int
    y: int
    width: int
    height: int
    title: str
    stroke: str
    fill: str = "none"
    dashed: bool = False
    text: str = ""  # colour of the title, the stroke's when empty
    title_size: int = 15


@dataclass(frozen=True)
class Card:
    """A rounded rectangle with text inside: a service with its tile, or, without one, a state or a step."""

    id: str
    x: int
    y: int
    width: int
    height: int
    name: str
    lines: tuple[str, ...] = ()
    color: str = "#5A6B86"  # of the frame and the tile
    glyph: str = ""  # of the tile at the left edge; no tile when empty
    dashed: bool = False  # optional on AWS


@dataclass(frozen=True)
class Note:
    """Text alone. `x` is its left edge, middle or right edge, as `align` says; `y` its top."""

    id: str
    x: int
    y: int
    text: str
    size: int = 13
    color: str = "#5A6B86"
    bold: bool = False
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True)
class End:
    """Where an arrow touches a node: a side, moved along it by `shift` pixels."""

    node: str
    side: Side
    shift: int = 0


@dataclass(frozen=True)
class Arrow:
    """A line through the given corners; `both` puts a head on either end."""

    id: str
    start: End
    end: End
    corners: tuple[tuple[int, int], ...] = ()
    color: str = "#414D5C"
    dashed: bool = False
    both: bool = False
    width: float = 1.8


@dataclass(frozen=True)
class Figure:
    """Everything on the sheet, in drawing order: areas, arrows, cards, notes."""

    name: str
    width: int
    height: int
    areas: tuple[Area, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    cards: tuple[Card, ...] = ()
    notes: tuple[Note, ...] = ()

    def bounds(self, arrow: Arrow, node_id: str) -> tuple[int, int, int, int]:
        """Return the rectangle (x, y, width, height) arrows of `node_id` attach to."""
        shapes: list[Card | Area] = [*self.cards, *self.areas]
        for shape in shapes:
            if shape.id == node_id:
                return shape.x, shape.y, shape.width, shape.height
        raise UnknownNodeError(arrow.id, node_id)

    def anchor(self, arrow: Arrow, end: End) -> tuple[float, float]:
        """Return the fractions (0 to 1) of the node's rectangle where this end of the arrow attaches."""
        _, _, width, height = self.bounds(arrow, end.node)
        fx, fy = SIDES[end.side]
        if end.side in ("left", "right"):
            return fx, fy + end.shift / height
        return fx + end.shift / width, fy

    def point(self, arrow: Arrow, end: End) -> tuple[float, float]:
        """Return the same place in pixels of the sheet."""
        x, y, width, height = self.bounds(arrow, end.node)
        fx, fy = self.anchor(arrow, end)
        return x + fx * width, y + fy * height

    def ids(self) -> list[str]:
        """Every id of the figure, in drawing order."""
        parts = (self.areas, self.arrows, self.cards, self.notes)
        return [part.id for group in parts for part in group]
