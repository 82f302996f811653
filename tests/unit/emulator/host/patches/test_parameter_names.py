"""The patch parameter_names: asking for a parameter does not make one."""

from __future__ import annotations

import pytest
from moto.ssm.exceptions import ParameterNotFound
from moto.ssm.models import ParameterDict, SimpleSystemManagerBackend

from emulator.host.patches import parameter_names
from emulator.host.patches.patch import original


@pytest.fixture
def backend() -> SimpleSystemManagerBackend:
    parameter_names.apply()
    made = SimpleSystemManagerBackend("us-east-1", "000000000000")
    with pytest.raises(ParameterNotFound):
        made.label_parameter_version("/gone", 1, ["label"])
    return made


def test_moto_still_keeps_a_name_that_was_only_asked_for(backend: SimpleSystemManagerBackend) -> None:
    assert original(ParameterDict, "__contains__")(backend._parameters, "/gone")
    assert list(original(ParameterDict, "__iter__")(backend._parameters)) == ["gone"]


def test_a_name_without_versions_is_none(backend: SimpleSystemManagerBackend) -> None:
    """Neither a look-up nor a listing fails over it."""
    assert backend.get_parameter("/gone") is None
    assert backend.describe_parameters([], []) == []
    assert "/gone" not in backend._parameters
