"""No definition that AWS takes is refused: a false refusal is worse than a fault that is missed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glue_app.aws.state_machines import definition
from tests.support import maintenance_machine
from tests.unit.aws.state_machines import definitions

SOUND = definitions.sound()


@pytest.mark.parametrize("found", SOUND.values(), ids=SOUND)
def test_a_sound_definition_has_no_findings(found: Any) -> None:
    assert definition.check(json.dumps(found)) == []


def test_there_is_a_sample_of_each_feature() -> None:
    assert len(SOUND) > 60


def test_the_projects_own_pipeline_has_no_findings() -> None:
    assert definition.check(definitions.pipeline()) == []


def test_nor_has_its_upkeep() -> None:
    assert definition.check(maintenance_machine.definition({})) == []
