"""Which operations of Bedrock the stub answers; docs/parity.md shows the same."""

from __future__ import annotations

STUB_OPERATIONS: dict[str, frozenset[str]] = {
    "bedrock": frozenset(
        {
            "GetFoundationModel",
            "GetFoundationModelAvailability",
            "GetInferenceProfile",
            "ListFoundationModels",
            "ListInferenceProfiles",
        }
    ),
    "bedrock-runtime": frozenset(
        {
            "Converse",
            "ConverseStream",
            "CountTokens",
            "InvokeModel",
            "InvokeModelWithResponseStream",
        }
    ),
}
