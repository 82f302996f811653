"""The figure: description, draw.io file and PNG are one."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from diagrams import png
from diagrams.drawio import to_drawio
from diagrams.figure import FIGURE
from diagrams.generate import DRAWIO, PNG
from diagrams.model import Card, End, UnknownNodeError
from diagrams.svg import to_svg

REGENERATE = "run what the first lines of diagrams/generate.py show"


def test_drawio_file_is_what_the_description_says() -> None:
    """A figure changed without making its files anew, or a file edited by hand, is noticed."""
    assert DRAWIO.read_text(encoding="utf-8") == to_drawio(FIGURE), REGENERATE


def test_png_carries_the_drawio_file() -> None:
    """The PNG was made from this drawing and opens in diagrams.net."""
    assert png.drawing_of(PNG.read_bytes()) == to_drawio(FIGURE), REGENERATE


def test_png_without_a_drawing_is_refused() -> None:
    """A PNG from elsewhere is told from ours."""
    with pytest.raises(png.NoDrawingError):
        png.drawing_of(png.SIGNATURE)


def test_ids_are_unique_and_all_drawn() -> None:
    """draw.io drops a second cell of the same id: every part of the figure must have its own."""
    ids = FIGURE.ids()
    cells = [cell.get("id") for cell in ET.fromstring(to_drawio(FIGURE)).iter("mxCell")]  # noqa: S314 - ours
    assert len(ids) == len(set(ids))
    assert cells == ["0", "1", *ids]


def test_svg_is_well_formed() -> None:
    """Names with & or < don't break the picture."""
    figure = replace(FIGURE, cards=(*FIGURE.cards, Card("odd", 0, 0, 10, 10, "a < b & c")))
    assert ET.fromstring(to_svg(figure)).tag.endswith("svg")  # noqa: S314 - ours


def test_cards_lie_on_the_sheet_and_do_not_overlap() -> None:
    """A card that was moved onto another or off the sheet is noticed."""
    cards = FIGURE.cards
    for index, a in enumerate(cards):
        assert 0 <= a.x <= a.x + a.width <= FIGURE.width
        assert 0 <= a.y <= a.y + a.height <= FIGURE.height
        for b in cards[index + 1 :]:
            apart = (
                a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
            )
            assert apart, (a.id, b.id)


def test_arrow_to_nowhere_is_refused() -> None:
    """An arrow that names a card that isn't there says which."""
    arrow = replace(FIGURE.arrows[0], end=End("nowhere", "left"))
    with pytest.raises(UnknownNodeError, match="nowhere"):
        FIGURE.point(arrow, arrow.end)
