"""The cache in S3: where answers lie, what counts as one, and what its failures say."""

from __future__ import annotations

import json

import pytest

from pipeline.enrichment.errors import CacheError
from tests.support.enrichment_fakes import FakeBucket, FakeModel, Run, options, texts


def test_an_entry_lies_under_model_and_prompt() -> None:
    """``<prefix><model>/<prompt digest>/<hh>/<sha256>.json``; the text itself is not in it."""
    bucket = FakeBucket()
    Run(
        FakeModel(),
        bucket,
        texts(1),
        options(model_id="arn:aws:bedrock:us-east-1::model/x", cache_prefix="c/"),
    )
    (key,) = bucket.objects
    prefix, model, digest, folder, name = key.split("/")
    assert (prefix, model) == ("c", "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Amodel%2Fx")
    assert len(digest) == 16
    assert name == f"{texts(1)[0].key}.json"
    assert folder == name[:2]
    entry = json.loads(bucket.objects[key])
    assert entry["answer"] == {"category": "delivery", "summary": "text 0"}
    assert entry["call"]["input_tokens"] == 100


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"format": 1}',
        pytest.param("other text", id="of another text"),
        pytest.param("other schema", id="against the schema"),
    ],
)
def test_a_spoiled_entry_is_no_entry(body: bytes | str) -> None:
    """It is asked again and written anew."""
    bucket = FakeBucket()
    Run(FakeModel(), bucket, texts(1))
    ((key, sound),) = bucket.objects.items()
    if isinstance(body, str):
        entry = json.loads(sound)
        entry |= {"sha256": "0"} if body == "other text" else {"answer": {"category": "gone"}}
        body = json.dumps(entry).encode()
    bucket.objects[key] = body
    model = FakeModel()
    assert Run(model, bucket, texts(1), options(run_id="run-2")).reasons == {"text 0": None}
    assert len(model.requests) == 1
    assert json.loads(bucket.objects[key])["run_id"] == "run-2"


def test_a_cold_cache_is_looked_at_once() -> None:
    """One listing tells that nothing is there: no request for each text."""
    bucket = FakeBucket()
    Run(FakeModel(), bucket, texts(600))
    assert bucket.calls.count("list_objects_v2") == 1
    assert "get_object" not in bucket.calls


def test_a_large_cache_is_asked_text_by_text() -> None:
    """Beyond one page of keys the listing says nothing; the answers are found all the same."""
    bucket = FakeBucket()
    Run(FakeModel(), bucket, texts(1200), options(records_per_prompt=50))
    model = FakeModel()
    run = Run(model, bucket, texts(1200), options(run_id="run-2"))
    assert model.requests == []
    assert len(run.outcomes) == 1200


@pytest.mark.parametrize("operation", ["list_objects_v2", "get_object", "put_object"])
def test_a_cache_that_refuses_ends_the_run(operation: str) -> None:
    """Paying for answers that would be lost is no way to go on; the error names what the role needs."""
    bucket = FakeBucket()
    Run(FakeModel(), bucket, texts(1))
    bucket.refuse[operation] = "AccessDenied"
    with pytest.raises(CacheError, match=r"s3://cache/bedrock-cache/.*AccessDenied.*s3:ListBucket"):
        Run(FakeModel(), bucket, texts(2), options(run_id="run-2"))
