"""The runner's settings: defaults, and errors that say what to set."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.runner.environment import JOB_SITE, job_environment
from glue_app.runner.settings import SettingError, Settings


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    token = tmp_path / "token"
    token.write_text("0123456789abcdef\n")
    return {"RUNNER_PORT": "4611", "RUNNER_TOKEN_FILE": str(token), "RUNNER_HOME": str(tmp_path)}


def test_three_settings_are_enough_and_the_token_never_shows(env: dict[str, str]) -> None:
    settings = Settings.from_environment(env)
    assert (settings.host, settings.port, settings.spark_master) == ("127.0.0.1", 4611, "local[2]")
    assert settings.glue_version == "4.0"
    assert settings.token == "0123456789abcdef"
    assert settings.token not in repr(settings)


@pytest.mark.parametrize("name", ["RUNNER_PORT", "RUNNER_TOKEN_FILE", "RUNNER_HOME"])
def test_a_missing_setting_is_named(env: dict[str, str], name: str) -> None:
    del env[name]
    with pytest.raises(SettingError, match=f"{name} is missing, and has no default"):
        Settings.from_environment(env)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RUNNER_PORT", "http"),
        ("RUNNER_SLOTS", "-1"),
        ("RUNNER_LOG_LIMIT_MB", "1G"),
        ("RUNNER_JARS", "/none"),
        ("RUNNER_LENT_JARS", "/none"),
        ("RUNNER_FORWARD", "127.20.0.1:5432"),
        ("RUNNER_FORWARD", "127.20.0.1:5432=postgres:http"),
        ("RUNNER_TOKEN_FILE", "/none"),
    ],
)
def test_a_wrong_setting_is_named(env: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({**env, name: value})


def test_addresses_that_lead_elsewhere(env: dict[str, str]) -> None:
    assert Settings.from_environment(env).forward == {}

    env["RUNNER_FORWARD"] = "127.20.0.1:5432=postgres:5432,127.20.0.2:5432=postgres:5433"
    assert Settings.from_environment(env).forward == {
        ("127.20.0.1", 5432): ("postgres", 5432),
        ("127.20.0.2", 5432): ("postgres", 5433),
    }


def test_a_short_token_is_refused(env: dict[str, str]) -> None:
    Path(env["RUNNER_TOKEN_FILE"]).write_text("short")
    with pytest.raises(SettingError, match="RUNNER_TOKEN_FILE"):
        Settings.from_environment(env)


def test_a_jobs_path_has_the_images_entries_and_not_this_repository(
    env: dict[str, str], tmp_path: Path
) -> None:
    repository = JOB_SITE.parents[2]
    base = {"PYTHONPATH": f"/image/pyspark:{repository}", "PATH": "/bin", "HOME": "/home/me", "SECRET": "x"}
    made = job_environment(Settings.from_environment(env), tmp_path, {"AWS_REGION": "eu-west-1"}, base)
    assert made["PYTHONPATH"] == f"{JOB_SITE}:/image/pyspark"
    assert (made["PATH"], made["AWS_REGION"], made["HOME"]) == ("/bin", "eu-west-1", str(tmp_path))
    assert "SECRET" not in made
