"""What a Converse request asks for besides its messages and tools: guardrail, form of the text, tier.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
"""

import re

from stub_bedrock.bodies.fields import check_fields, unsupported
from stub_bedrock.bodies.shapes import Constraints, JsonObject, string, structure
from stub_bedrock.conversation import Guardrail
from stub_bedrock.errors import ValidationException
from stub_bedrock.wire import from_bytes

_IDENTIFIER = re.compile(r"[a-z0-9]+|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+")
_VERSION = "(|([1-9][0-9]{0,7})|(DRAFT))"
_METADATA = r"[a-zA-Z0-9\s:_@$#=/+,-.]{0,256}"


def guardrail(config: JsonObject, constraints: Constraints) -> Guardrail | None:
    """Return the guardrail asked for; None without a config, or with one that names none.

    :raises ValidationException: the identifier is no identifier, or one of the two is missing.
    """
    check_fields(config, "GuardrailStreamConfiguration", "guardrailConfig")
    identifier = string(config.get("guardrailIdentifier") or "")
    version = string(config.get("guardrailVersion") or "")
    trace = config.get("trace")
    if trace is not None:
        constraints.one_of(
            string(trace).lower(), ["enabled", "disabled", "enabled_full"], "guardrailConfig.trace"
        )
    constraints.pattern(version, _VERSION, "guardrailConfig.guardrailVersion")
    if not identifier and not version:
        return None
    if not identifier or not version:
        missing = "guardrailVersion" if identifier else "guardrailIdentifier"
        constraints.not_null(None, f"guardrailConfig.{missing}")
    elif not _IDENTIFIER.fullmatch(identifier):
        raise ValidationException("The provided guardrail identifier is invalid.")
    traced = string(trace or "disabled").lower().startswith("enabled")
    return Guardrail(identifier.rpartition("/")[2], version, traced)


def output_schema(config: JsonObject, constraints: Constraints) -> JsonObject | None:
    """Return the schema that the text has to follow, None where it is free.

    :raises ValidationException: it is no JSON object.
    """
    check_fields(config, "OutputConfig", "outputConfig")
    if config.get("textFormat") is None:
        return None
    path = "outputConfig.textFormat"
    text_format = structure(config["textFormat"])
    check_fields(text_format, "OutputFormat", path)
    constraints.not_null(text_format.get("type"), f"{path}.type")
    if text_format.get("type") is not None:
        constraints.one_of(string(text_format["type"]), ["json_schema"], f"{path}.type")
    form = structure(text_format.get("structure") or {})
    check_fields(form, "OutputFormatStructure", f"{path}.structure")
    definition = structure(form.get("jsonSchema") or {})
    check_fields(definition, "JsonSchemaDefinition", f"{path}.structure.jsonSchema")
    constraints.not_null(definition.get("schema"), f"{path}.structure.jsonSchema.schema")
    constraints.check()
    try:
        schema = from_bytes(string(definition["schema"]).encode("utf-8", "surrogatepass"))
    except ValueError:
        schema = None
    if not isinstance(schema, dict):
        raise ValidationException(
            f"The format of the value at {path}.structure.jsonSchema.schema is invalid. Provide a json "
            "object for the field and try again."
        )
    return schema


def performance(config: JsonObject, constraints: Constraints) -> str | None:
    """Return the latency asked for. Optimized is what none of the stub's models has."""
    check_fields(config, "PerformanceConfiguration", "performanceConfig")
    if config.get("latency") is None:
        return None
    latency = string(config["latency"])
    constraints.one_of(latency, ["standard", "optimized"], "performanceConfig.latency")
    if latency == "optimized":
        raise unsupported("performanceConfig.latency")
    return latency


def service_tier(value: object, constraints: Constraints) -> str | None:
    """Return the tier asked for; any but the default is what none of the stub's models has."""
    if value is None:
        return None
    tier = structure(value)
    check_fields(tier, "ServiceTier", "serviceTier")
    constraints.not_null(tier.get("type"), "serviceTier.type")
    if tier.get("type") is None:
        return None
    kind = string(tier["type"])
    constraints.one_of(kind, ["priority", "default", "flex", "reserved"], "serviceTier.type")
    if kind in ("priority", "flex", "reserved"):
        raise unsupported("serviceTier")
    return kind


def check_metadata(metadata: JsonObject, constraints: Constraints) -> None:
    """Tags for the invocation log, which a stub has not: checked only."""
    if len(metadata) > 16:
        constraints.length(list(metadata), 1, 16, "requestMetadata")
    for key, value in metadata.items():
        constraints.length(key, 1, 256, "requestMetadata")
        constraints.pattern(string(value), _METADATA, "requestMetadata")
