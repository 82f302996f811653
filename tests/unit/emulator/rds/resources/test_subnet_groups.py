"""DB subnet groups: what is refused leaves a group as it was."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from glue_app.emulator.rds.exceptions import DBSubnetGroupDoesNotCoverEnoughAZs
from tests.support.rds_room import RdsRoom


def test_subnets_that_are_refused_leave_the_group_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = RdsRoom(tmp_path, monkeypatch)
    group = room.make().subnet_group
    before = copy.deepcopy(group)

    with pytest.raises(DBSubnetGroupDoesNotCoverEnoughAZs):
        room.call(
            "ModifyDBSubnetGroup",
            DBSubnetGroupName=group.name,
            SubnetIds=["subnet-1"],
            DBSubnetGroupDescription="new",
        )

    assert group == before
