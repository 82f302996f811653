"""What a Map state has besides its item processor: readers, batches, writers, limits.

The fields of a distributed map are not refused in an inline one: AWS takes at least ItemReader there.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

import re
from typing import Any

from . import values
from .scope import Scope, at_most_one, known, required
from .values import Check

DISTRIBUTED = "DISTRIBUTED"
_READS = re.compile(r"arn:aws(?:-[a-z]+)*:states:::s3:(?:getObject|listObjectsV2)")
_WRITES = re.compile(r"arn:aws(?:-[a-z]+)*:states:::s3:putObject")
_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]{1,40}")

_BATCHER: dict[str, Check] = {
    "MaxItemsPerBatch": values.number(0),
    "MaxItemsPerBatchPath": values.input_reference_path,
    "MaxInputBytesPerBatch": values.number(0, 262144),
    "MaxInputBytesPerBatchPath": values.input_reference_path,
    "BatchInput": values.payload,
}
_READER_CONFIG: dict[str, Check] = {
    "InputType": values.one_of("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
    "CSVHeaderLocation": values.one_of("FIRST_ROW", "GIVEN"),
    "CSVDelimiter": values.one_of("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "MaxItems": values.number(0, 100000000),
    "MaxItemsPath": values.input_reference_path,
    "Transformation": values.one_of("NONE", "LOAD_AND_FLATTEN"),
    "ManifestType": values.one_of("ATHENA_DATA", "S3_INVENTORY"),
    "ItemsPointer": values.text,
}
_WRITER_CONFIG: dict[str, Check] = {
    "Transformation": values.one_of("NONE", "COMPACT", "FLATTEN"),
    "OutputType": values.one_of("JSON", "JSONL"),
}


def mode(state: dict[str, Any]) -> tuple[str, str]:
    """Return how items are processed, and as which type of workflow where that is said."""
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if not isinstance(config, dict):
        return "INLINE", ""
    return str(config.get("Mode", "INLINE")), str(config.get("ExecutionType", ""))


def check(scope: Scope, state: dict[str, Any]) -> None:
    for name in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"):
        at_most_one(scope, state, name, f"{name}Path")
    at_most_one(scope, state, "ItemSelector", "Parameters")
    if mode(state)[0] == DISTRIBUTED and scope.express:
        scope.schema("Express state machine does not support Map state in DISTRIBUTED mode")
    if "Label" in state and isinstance(state["Label"], str) and not _LABEL.fullmatch(state["Label"]):
        scope.report.error("INVALID_LABEL_NAME", f"Invalid label name: {state['Label']}", scope.location)


def check_config(scope: Scope, config: Any) -> None:
    """Check the ProcessorConfig."""
    if not isinstance(config, dict):
        scope.schema("Expected value of type [OBJECT]")
        return
    distributed = config.get("Mode") == DISTRIBUTED
    known(scope, config, {"Mode", "ExecutionType"} if distributed else {"Mode"})
    if "Mode" in config:
        values.one_of("INLINE", DISTRIBUTED)(scope.at("Mode"), config["Mode"])
    if distributed:
        required(scope, config, "ExecutionType")
        if "ExecutionType" in config:
            values.one_of("STANDARD", "EXPRESS")(scope.at("ExecutionType"), config["ExecutionType"])


def check_reader(scope: Scope, reader: Any) -> None:
    if not _external(scope, reader, _READS, {"ReaderConfig"}):
        return
    required(scope, reader, "Resource")
    config = reader.get("ReaderConfig")
    if config is None:
        return
    here = scope.at("ReaderConfig")
    if not isinstance(config, dict):
        here.schema("Expected value of type [OBJECT]")
        return
    _fields(here, config, _READER_CONFIG, {"CSVHeaders"})
    at_most_one(here, config, "MaxItems", "MaxItemsPath")
    if config.get("InputType") == "CSV":
        if "CSVHeaderLocation" not in config:
            here.schema("The field 'CSVHeaderLocation' is required")
    elif config.get("InputType") in ("JSON", "JSONL", "PARQUET"):
        for name in ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter"):
            if name in config:
                here.schema(f"Field '{name}' is not supported")
    if config.get("CSVHeaderLocation") == "GIVEN":
        required(here, config, "CSVHeaders")


def check_batcher(scope: Scope, batcher: Any) -> None:
    if not isinstance(batcher, dict):
        scope.schema("Expected value of type [OBJECT]")
        return
    _fields(scope, batcher, _BATCHER, set())
    for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch"):
        at_most_one(scope, batcher, name, f"{name}Path")


def check_writer(scope: Scope, writer: Any) -> None:
    if not _external(scope, writer, _WRITES, {"WriterConfig"}):
        return
    config = writer.get("WriterConfig")
    if isinstance(config, dict):
        _fields(scope.at("WriterConfig"), config, _WRITER_CONFIG, set())
    elif config is not None:
        scope.at("WriterConfig").schema("Expected value of type [OBJECT]")


def _external(scope: Scope, given: Any, resources: re.Pattern[str], more: set[str]) -> bool:
    """Check what a reader and a writer have in common: a resource and its parameters."""
    if not isinstance(given, dict):
        scope.schema("Expected value of type [OBJECT]")
        return False
    field, other = ("Arguments", "Parameters") if scope.jsonata else ("Parameters", "Arguments")
    if other in given:
        language = "JSONPath" if scope.jsonata else "JSONata"
        scope.schema(
            f"The QueryLanguage is set to '{scope.language}', but field '{other}' is only supported for the "
            f"'{language}' QueryLanguage"
        )
    known(scope, given, {"Resource", "Parameters", "Arguments", *more})
    if field in given:
        values.payload(scope.at(field), given[field])
    if "Resource" in given and not (
        isinstance(given["Resource"], str) and resources.fullmatch(given["Resource"])
    ):
        scope.at("Resource").schema("The field 'Resource' does not match any of the allowed values")
    return True


def _fields(scope: Scope, given: dict[str, Any], checks: dict[str, Check], more: set[str]) -> None:
    for name in given:
        if name.endswith("Path") and scope.jsonata and name in checks:
            scope.schema(
                f"The QueryLanguage is set to 'JSONata', but field '{name}' is only supported for the "
                "'JSONPath' QueryLanguage"
            )
        elif name in checks:
            checks[name](scope.at(name), given[name])
        elif name not in more:
            scope.schema(f"Field '{name}' is not supported")
