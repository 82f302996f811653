"""Arguments of a run: who wins, and what the script sees."""

from __future__ import annotations

from glue_app.emulator.glue.arguments import merge_arguments, script_arguments


def test_a_runs_arguments_replace_defaults_and_non_overridable_ones_replace_both() -> None:
    merged = merge_arguments(
        {"--a": "default", "--b": "default", "--c": "default"},
        {"--b": "run", "--c": "run", "--d": "run"},
        {"--c": "fixed", "--e": "fixed"},
    )
    assert merged == {"--a": "default", "--b": "run", "--c": "fixed", "--d": "run", "--e": "fixed"}


def test_glues_own_arguments_come_first_and_cannot_be_replaced() -> None:
    seen = script_arguments("job", "jr_1", {"--x": "1", "--JOB_NAME": "forged"})
    assert list(seen) == ["--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--x"]
    assert (seen["--JOB_NAME"], seen["--JOB_RUN_ID"]) == ("job", "jr_1")
    assert seen["--JOB_ID"].startswith("j_")
