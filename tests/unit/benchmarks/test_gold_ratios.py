"""The table of `make bench`: which lines of the Gold load's own table are figures."""

from __future__ import annotations

from benchmarks.__main__ import _ratios
from benchmarks.figure import Figure

OUTPUT = """\
300000 rows, 47 MB, best of 5
bare COPY                              1.21 s     247934 rows/s   ratio 1.00
load into a new table                  2.02 s     148515 rows/s   ratio 0.60
load, nothing changed                  1.51 s     198675 rows/s   ratio 0.80
load, a tenth of the rows changed     12.00 s      25000 rows/s   ratio 0.10
"""


def test_each_load_is_a_figure_and_the_bare_copy_is_none() -> None:
    """Its ratio is 1 by definition."""
    assert _ratios(OUTPUT) == [
        Figure("Gold load / bare COPY, into a new table", "0.60", "0.8"),
        Figure("Gold load / bare COPY, nothing changed", "0.80", "0.5"),
        Figure("Gold load / bare COPY, a tenth of the rows changed", "0.10", "0.7"),
    ]
