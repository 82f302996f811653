"""Rows that an upload says again as they are: remembered for all of a group, or written where they are few.

Rows with one label count as one upload's. An upload that says all of them again raises the label, and writes
nothing. One that says some leaves two kinds of rows under one label: the smaller part is written, with a
label of its own, the larger part is spared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.uploads.positions import Positions


@dataclass(frozen=True)
class Regrouping:
    """By label. ``raised``: count as the upload's from now on. ``rewritten``: the rows said again are
    written, as the upload's. ``split``: the rows not said again get the new label.
    """

    raised: Mapping[str, str]
    rewritten: frozenset[str]
    split: Mapping[str, str]


def regroup(said: Mapping[str, int], rows: Mapping[str, int], known: Positions, at: str) -> Regrouping:
    """``said``: how many rows of a label the upload at ``at`` says again; ``rows``: how many there are."""
    raised: dict[str, str] = {}
    rewritten: set[str] = set()
    split: dict[str, str] = {}
    for label, count in said.items():
        if 2 * count <= rows[label]:
            rewritten.add(label)
            continue
        raised[label] = at
        if count < rows[label]:
            split[label] = known.spare(label, {**rows, **dict.fromkeys(split.values())})
    return Regrouping(raised, frozenset(rewritten), split)
