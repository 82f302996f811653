"""Services that LocalStack 4.14.0 can only answer with something it would fetch or start inside a request.

Decided from its sources (localstack/services): what `packages.py` there installs, and who calls `install()`.
Better no answer than one after a minute (ADR 0008). The parity ledger shows this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """why: what it would take, a clause. instead: what one can do here, a sentence without its period."""

    why: str
    instead: str


_ON_AWS = "Try it on AWS"

#: by botocore's names
SERVICES: dict[str, Entry] = {
    "dynamodb": Entry("LocalStack would download DynamoDB Local", "Keep the data in S3 or in PostgreSQL"),
    "dynamodbstreams": Entry("it needs DynamoDB and Kinesis", "Take S3's events by EventBridge"),
    "es": Entry("LocalStack would download Elasticsearch", "Query PostgreSQL on RDS"),
    "kinesis": Entry("LocalStack would install kinesis-mock with npm", "Take SQS or EventBridge"),
    "lambda": Entry("LocalStack would run each function in a Docker container", "Take a Glue job"),
    "opensearch": Entry("LocalStack would download OpenSearch", "Query PostgreSQL on RDS"),
    "transcribe": Entry("LocalStack would download Vosk's models and ffmpeg", _ON_AWS),
}  # fmt: skip

#: of a service that LocalStack has no provider of
NO_PROVIDER = "LocalStack 4.14.0 has no provider of this service, or wants a subscription for it"
