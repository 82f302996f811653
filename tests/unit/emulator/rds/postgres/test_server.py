"""What is written into a server's files."""

from __future__ import annotations

import pytest

from glue_app.emulator.rds.postgres.server import _host_based_authentication, _quoted


def test_values_cannot_break_out_of_the_configuration() -> None:
    assert _quoted("a'b\\c") == "'a''b\\\\c'"
    with pytest.raises(ValueError, match="can't be written"):
        _quoted("a\nb")


def test_who_may_come_in() -> None:
    """rdsadmin by the socket alone; without TLS only where it is not forced."""
    rules = [
        line.split() for line in _host_based_authentication(True).splitlines() if line[:1] not in ("#", "")
    ]

    assert [rule for rule in rules if rule[-1] == "trust"] == [
        ["local", "all,replication", "rdsadmin", "trust"]
    ]
    assert rules.index(["host", "all", "rdsadmin", "all", "reject"]) < len(rules) - 1
    assert rules[-1] == ["hostssl", "all", "all", "all", "scram-sha-256"]
    assert "hostssl" not in _host_based_authentication(False)
