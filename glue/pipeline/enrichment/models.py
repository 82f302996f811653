"""What differs from model to model in a Converse request: parameters, the tool's choice, room for an answer.

Defaults by family, from the makers' pages, as of November 2026; a contract's ``enrich.inference`` overrides
each. A Claude that is newer than this file is taken for the newest known: what those refuse is not sent.

- Claude from Opus 4.7 on (Sonnet 5, Haiku 5.5, …) refuses ``temperature`` with a 400:
  https://platform.claude.com/docs/en/about-claude/models/migration-guide
- Claude Fable, and Opus and Sonnet from 5.5 on, refuse a forced tool:
  https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5#forced-tool-use-is-not-supported
- Others than Claude and Nova can't be made to use a tool:
  https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html
- Where a model thinks unless told otherwise it is told: its thoughts are paid as output, and take its room.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.contract.model import Inference

_CLAUDE = re.compile(
    r"anthropic\.claude-(?:(?P<old>\d)(?:-(?P<old_minor>\d))?-)?(?P<tier>[a-z]+)"
    r"(?:-(?P<major>\d{1,2})(?:-(?P<minor>\d{1,2}))?(?!\d))?"
)
_NOVA_OUTPUT = 10_000
_UNKNOWN_OUTPUT = 4_096
_THOUGHTS = 4_096


@dataclass(frozen=True)
class ModelTraits:
    """How one model is asked."""

    inference: Mapping[str, Any] = field(default_factory=dict)
    """Of ``inferenceConfig``, beside ``maxTokens``."""
    additional: Mapping[str, Any] = field(default_factory=dict)
    """``additionalModelRequestFields``."""
    forced_tool: bool = True
    """False: the prompt alone asks for the tool."""
    max_output_tokens: int = _UNKNOWN_OUTPUT
    """The most ``maxTokens`` may be."""
    thought_tokens: int = 0
    """Room for thoughts that can't be switched off, a request."""
    burndown: int = 1
    """Tokens of the quota a minute that an output token costs; it is not what is paid.
    https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html"""

    @classmethod
    def of(cls, model_id: str, wanted: Inference | None = None) -> ModelTraits:
        """Return the family's traits with what the contract wants instead.

        ``model_id``: a model, an inference profile, or either one's ARN.
        """
        traits = _family(model_id)
        if wanted is None:
            return traits
        inference = {**traits.inference}
        for name, value in (("temperature", wanted.temperature), ("topP", wanted.top_p)):
            if value == "default":
                continue
            inference.pop(name, None)
            if value is not None:
                inference[name] = value
        return replace(
            traits,
            inference=inference,
            additional=traits.additional if wanted.additional is None else wanted.additional,
            forced_tool=traits.forced_tool if wanted.tool_choice is None else wanted.tool_choice == "tool",
            max_output_tokens=wanted.max_output_tokens or traits.max_output_tokens,
        )


def _family(model_id: str) -> ModelTraits:
    sober = {"temperature": 0.0}
    claude = _CLAUDE.search(model_id)
    if claude is not None:
        version = _version(claude)
        return replace(_claude(*version), burndown=5 if version[1] >= (3, 7) else 1)
    if "amazon.nova-2" in model_id:
        return ModelTraits(sober, max_output_tokens=64_000)
    if "amazon.nova" in model_id:
        return ModelTraits(sober, max_output_tokens=_NOVA_OUTPUT)
    return ModelTraits(sober, forced_tool=False)


def _version(claude: re.Match[str]) -> tuple[str, tuple[int, int]]:
    """``("haiku", (4, 5))``; what has no version is newer than all."""
    major, minor = claude["old"] or claude["major"], claude["old_minor"] or claude["minor"]
    return claude["tier"], (int(major or 99), int(minor or 0))


def _claude(tier: str, version: tuple[int, int]) -> ModelTraits:
    if version < (4, 7):
        return ModelTraits({"temperature": 0.0}, max_output_tokens=_claude_output(tier, version))
    if version < (5, 0):
        return ModelTraits(max_output_tokens=128_000)  # it thinks only when asked to
    if tier in ("sonnet", "haiku") and version < (6, 0):
        # the lowest setting has another name from Sonnet 5.5 on
        off = "between_tools" if tier == "sonnet" and version >= (5, 5) else "disabled"
        forced = off == "disabled"
        return ModelTraits({}, {"thinking": {"type": off}}, forced, max_output_tokens=128_000)
    if tier == "opus" and version < (5, 5):
        return ModelTraits({}, {"thinking": {"type": "disabled"}}, max_output_tokens=128_000)
    return ModelTraits(forced_tool=False, max_output_tokens=128_000, thought_tokens=_THOUGHTS)


def _claude_output(tier: str, version: tuple[int, int]) -> int:
    if version < (3, 5):
        return 4_096
    if version < (3, 7):
        return 8_192
    return 32_000 if tier == "opus" and version < (4, 5) else 64_000
