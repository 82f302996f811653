"""The states of a job run are one list, for the emulator and the runner."""

from __future__ import annotations

from glue_app.aws.job_run_states import JobRunState


def test_a_run_stays_in_every_state_but_three() -> None:
    passing = {JobRunState.STARTING, JobRunState.RUNNING, JobRunState.STOPPING}
    assert {state for state in JobRunState if not state.terminal} == passing
