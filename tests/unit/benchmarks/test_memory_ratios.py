"""The table of `make bench`: what the table of slow readers and uploads gives to it."""

from __future__ import annotations

from benchmarks.__main__ import _memory_ratios
from benchmarks.figure import Figure

OUTPUT = """\
memory, an upload           1 x 50 MiB         1 MiB   ratio 0.020
memory, uploads by form    10 x 50 MiB        50 MiB   ratio 0.100
"""


def test_each_line_is_a_figure() -> None:
    assert _memory_ratios(OUTPUT) == [
        Figure("memory / bytes, an upload", "0.020"),
        Figure("memory / bytes, uploads by form", "0.100"),
    ]
