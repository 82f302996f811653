"""The patch nested_errors: what comes out of a branch or an iteration keeps its name."""

from __future__ import annotations

import pytest
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration import (
    iteration_worker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_parallel import branches_decl

from glue_app.emulator.host.patches import nested_errors
from glue_app.emulator.host.patches.patch import original


@pytest.mark.parametrize("module", [iteration_worker, branches_decl])
def test_an_error_is_named_as_it_is(module: object) -> None:
    nested_errors.apply()
    named = module.CustomErrorName  # type: ignore[attr-defined]

    with pytest.raises(ValueError, match="MUST NOT begin"):
        original(module, "CustomErrorName")("States.Timeout")
    assert isinstance(named(error_name="States.Timeout"), StatesErrorName)
    assert named("States.Runtime").error_name == "States.Runtime"
    assert isinstance(named("Mine"), CustomErrorName)
    assert named(None).error_name is None
