"""The table of `make bench`: what the tunnel's own table gives to it."""

from __future__ import annotations

from benchmarks.__main__ import _tunnel_ratios
from benchmarks.stack import Figure

OUTPUT = """\
100 MB, best of 3
tunnel, COPY out               2.50 s         40 MB/s   ratio 0.120
tunnel, a new connection       0.04 s         40 ms     ratio 0.500
"""


def test_each_line_of_the_tunnel_is_a_figure() -> None:
    assert _tunnel_ratios(OUTPUT) == [
        Figure("Session Manager tunnel / direct, COPY out", "0.120"),
        Figure("Session Manager tunnel / direct, a new connection", "0.500"),
    ]


def test_a_machine_without_the_plugin_has_none() -> None:
    assert _tunnel_ratios("no Session Manager plugin here: make session-manager-plugin\n") == []
