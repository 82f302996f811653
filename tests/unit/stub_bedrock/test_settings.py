"""Settings from the environment."""

import pytest

from stub_bedrock.settings import InvalidSettingError, Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({"PATH": "/bin", "BEDROCK_STUB_LATENCY_MS": ""})
    assert settings == Settings()
    assert settings.faults.latency_ms == 0


def test_variables_set_settings_and_faults() -> None:
    settings = Settings.from_environment(
        {
            "BEDROCK_STUB_REGION": "ap-northeast-1",
            "BEDROCK_STUB_LATENCY_MS": "50",
            "BEDROCK_STUB_DENIED_MODELS": "a, b",
            "BEDROCK_STUB_ERROR_CODE": "ModelTimeoutException",
        }
    )
    assert settings.region == "ap-northeast-1"
    assert settings.faults.latency_ms == 50
    assert settings.faults.denied_models == ["a", "b"]
    assert settings.faults.error_code == "ModelTimeoutException"


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("BEDROCK_STUB_LATENCY_MS", "soon", "integer"),
        ("BEDROCK_STUB_ERROR_CODE", "OopsException", "no error of Bedrock"),
        ("BEDROCK_STUB_ACCOUNT_ID", "12", "pattern"),
        ("BEDROCK_STUB_LATENCYMS", "5", "not permitted"),
    ],
)
def test_a_bad_variable_is_named_with_its_value_and_the_reason(variable: str, value: str, why: str) -> None:
    with pytest.raises(InvalidSettingError, match=why) as caught:
        Settings.from_environment({variable: value})
    assert (caught.value.variable, caught.value.value) == (variable, value)
