"""The foundation models and cross-region inference profiles that the stub offers.

Facts as of 2026 from the model pages of the Amazon Bedrock and Amazon Nova user guides; a small part of what
AWS has. Another model is an entry of MODELS, its inference profiles are its geographies; another provider is
an entry of `stub_bedrock.bodies.providers` as well.
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
"""

from dataclasses import dataclass
from typing import Literal

Geography = Literal["us", "eu", "apac", "jp", "au", "ca", "global"]

REGIONS: dict[Geography, tuple[str, ...]] = {
    "us": ("us-east-1", "us-east-2", "us-west-2"),
    "eu": ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"),
    "apac": ("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "ca": ("ca-central-1", "ca-west-1"),
}
"""Source and destination regions of a geography's profiles. A global profile is called from any of them."""

COMMERCIAL_REGIONS: tuple[str, ...] = tuple(
    sorted({region for group in REGIONS.values() for region in group})
)


@dataclass(frozen=True)
class FoundationModel:
    """One model. Token limits are the model's; `on_demand` names the regions where the plain id answers."""

    model_id: str
    model_name: str
    provider_name: str
    """One of `stub_bedrock.bodies.providers`."""
    max_output_tokens: int
    context_window: int
    on_demand: tuple[str, ...] = ()
    geographies: tuple[Geography, ...] = ()
    input_modalities: tuple[str, ...] = ("TEXT", "IMAGE")
    lifecycle: Literal["ACTIVE", "LEGACY"] = "ACTIVE"
    one_sampling_parameter: bool = False
    """Claude 4.5 and later refuse temperature and top_p together."""
    no_sampling_parameters: bool = False
    """Claude 4.7 and later refuse temperature, top_p and top_k altogether."""
    no_forced_tool: bool = False
    """Claude Fable, and Opus and Sonnet from 5.5 on, refuse a toolChoice of any or tool."""
    structured_outputs: bool = False
    """Converse's outputConfig and InvokeModel's output_config.format."""
    burndown: int = 1
    """Tokens of the per-minute quota that one output token costs (5 from Claude 3.7 on)."""

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions in which the model exists at all, on demand or behind a profile."""
        behind = COMMERCIAL_REGIONS if "global" in self.geographies else ()
        return tuple(
            dict.fromkeys(
                (*self.on_demand, *behind, *(r for g in self.geographies for r in REGIONS.get(g, ())))
            )
        )


_US, _EU, _TOKYO, _SYDNEY, _LONDON = (
    "us-east-1",
    "eu-central-1",
    "ap-northeast-1",
    "ap-southeast-2",
    "eu-west-2",
)
_NOVA_1_ON_DEMAND = (_US, _TOKYO, _SYDNEY, _LONDON)
_NOVA_1: tuple[Geography, ...] = ("us", "eu", "apac")
_CLAUDE_4_5: tuple[Geography, ...] = ("us", "eu", "jp", "au", "global")


def _claude_without_sampling(name: str, forced_tool: bool = True) -> FoundationModel:
    """Return a Claude from Opus 4.7 on: 128k tokens out, a million in, and no sampling parameters.

    https://platform.claude.com/docs/en/about-claude/models/overview
    """
    return FoundationModel(
        f"anthropic.claude-{name.lower().replace(' ', '-').replace('.', '-')}",
        f"Claude {name}",
        "Anthropic",
        max_output_tokens=128_000,
        context_window=1_000_000,
        geographies=("us", "eu", "global"),
        no_sampling_parameters=True,
        no_forced_tool=not forced_tool,
        burndown=5,
    )


MODELS: tuple[FoundationModel, ...] = (
    FoundationModel(
        "amazon.nova-micro-v1:0",
        "Nova Micro",
        "Amazon",
        max_output_tokens=10_000,
        context_window=128_000,
        on_demand=_NOVA_1_ON_DEMAND,
        geographies=_NOVA_1,
        input_modalities=("TEXT",),
    ),
    FoundationModel(
        "amazon.nova-lite-v1:0",
        "Nova Lite",
        "Amazon",
        max_output_tokens=10_000,
        context_window=300_000,
        on_demand=_NOVA_1_ON_DEMAND,
        geographies=(*_NOVA_1, "ca"),
        input_modalities=("TEXT", "IMAGE", "VIDEO"),
    ),
    FoundationModel(
        "amazon.nova-pro-v1:0",
        "Nova Pro",
        "Amazon",
        max_output_tokens=10_000,
        context_window=300_000,
        on_demand=_NOVA_1_ON_DEMAND,
        geographies=_NOVA_1,
        input_modalities=("TEXT", "IMAGE", "VIDEO"),
    ),
    FoundationModel(
        "amazon.nova-2-lite-v1:0",
        "Nova 2 Lite",
        "Amazon",
        max_output_tokens=64_000,
        context_window=1_000_000,
        geographies=("us", "eu", "jp", "global"),
        input_modalities=("TEXT", "IMAGE", "VIDEO"),
    ),
    FoundationModel(
        "anthropic.claude-3-haiku-20240307-v1:0",
        "Claude 3 Haiku",
        "Anthropic",
        max_output_tokens=4_096,
        context_window=200_000,
        on_demand=(_US, "us-west-2", _TOKYO, _SYDNEY, _EU, "eu-west-1", _LONDON),
        geographies=("us", "eu", "apac"),
    ),
    FoundationModel(
        "anthropic.claude-3-5-haiku-20241022-v1:0",
        "Claude 3.5 Haiku",
        "Anthropic",
        max_output_tokens=8_192,
        context_window=200_000,
        on_demand=("us-west-2",),
        geographies=("us",),
        lifecycle="LEGACY",
    ),
    FoundationModel(
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        "Claude Haiku 4.5",
        "Anthropic",
        max_output_tokens=64_000,
        context_window=200_000,
        geographies=_CLAUDE_4_5,
        one_sampling_parameter=True,
        structured_outputs=True,
        burndown=5,
    ),
    FoundationModel(
        "anthropic.claude-sonnet-4-20250514-v1:0",
        "Claude Sonnet 4",
        "Anthropic",
        max_output_tokens=64_000,
        context_window=200_000,
        geographies=("us", "eu", "apac", "global"),
        lifecycle="LEGACY",
        burndown=5,
    ),
    FoundationModel(
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "Claude Sonnet 4.5",
        "Anthropic",
        max_output_tokens=64_000,
        context_window=200_000,
        geographies=_CLAUDE_4_5,
        one_sampling_parameter=True,
        structured_outputs=True,
        burndown=5,
    ),
    FoundationModel(
        "anthropic.claude-sonnet-4-6",
        "Claude Sonnet 4.6",
        "Anthropic",
        max_output_tokens=64_000,
        context_window=200_000,
        geographies=_CLAUDE_4_5,
        one_sampling_parameter=True,
        structured_outputs=True,
        burndown=5,
    ),
    _claude_without_sampling("Opus 4.7"),
    _claude_without_sampling("Opus 4.8"),
    _claude_without_sampling("Opus 5"),
    _claude_without_sampling("Opus 5.5", forced_tool=False),
    _claude_without_sampling("Sonnet 5"),
    _claude_without_sampling("Sonnet 5.5", forced_tool=False),
    _claude_without_sampling("Haiku 5.5"),
)

RETIRED: frozenset[str] = frozenset(
    {
        "anthropic.claude-v2",
        "anthropic.claude-v2:1",
        "anthropic.claude-instant-v1",
        "anthropic.claude-3-sonnet-20240229-v1:0",
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
    }
)
"""Models past their end of life: AWS answers ResourceNotFoundException, not «invalid identifier»."""
