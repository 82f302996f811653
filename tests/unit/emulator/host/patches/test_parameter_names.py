"""The patch parameter_names: asking for a parameter does not make one."""

from __future__ import annotations

import pytest
from moto.ssm.exceptions import ParameterNotFound
from moto.ssm.models import SimpleSystemManagerBackend

from glue_app.emulator.host.patches import parameter_names
from glue_app.emulator.host.patches.patch import original

OPERATIONS = ("label_parameter_version", "unlabel_parameter_version")


@pytest.fixture
def backend() -> SimpleSystemManagerBackend:
    parameter_names.apply()
    return SimpleSystemManagerBackend("us-east-1", "000000000000")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_moto_still_fails_after_it(backend: SimpleSystemManagerBackend, operation: str) -> None:
    with pytest.raises(ParameterNotFound):
        original(SimpleSystemManagerBackend, operation)(backend, "/gone", 1, ["label"])
    with pytest.raises(IndexError):
        backend.describe_parameters([], [])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_not_there_is_in_no_list(backend: SimpleSystemManagerBackend, operation: str) -> None:
    """ParameterNotFound, and nothing is left behind."""
    with pytest.raises(ParameterNotFound):
        getattr(backend, operation)("/gone", 1, ["label"])

    assert backend.describe_parameters([], []) == []
