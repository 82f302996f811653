"""No web page gets in: attacks of a real page in a real browser, from another name and from another port."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import browser as chromium
from tests.integration.host.browser import EVIL, Site, opened, text_of
from tests.integration.local_stack import LocalStack
from tests.support.polling import wait_for

pytestmark = [
    pytest.mark.skipif(chromium.find() is None, reason="there is no Chromium: install Debian's chromium"),
    pytest.mark.embedded("looks into LocalStack's log"),
]
_PAGE = Path(__file__).with_name("attack_page.html").read_text(encoding="utf-8")


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@pytest.fixture
def buckets(stack: LocalStack, site: Site) -> Any:
    """`assets-of-web` with a secret in it, and `open-of-web`, which evil.example's pages may read."""
    s3 = stack.client("s3")
    for bucket, key in (("assets-of-web", "secret"), ("open-of-web", "shared")):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode(), ContentType="text/plain")
    rule = {"AllowedOrigins": [f"http://{EVIL}:{site.port}"], "AllowedMethods": ["GET"]}
    s3.put_bucket_cors(Bucket="open-of-web", CORSConfiguration={"CORSRules": [rule]})
    yield s3
    for bucket, key in (("assets-of-web", "secret"), ("open-of-web", "shared")):
        s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_bucket(Bucket=bucket)


def _refusals(stack: LocalStack) -> list[str]:
    return [line for line in stack.localstack.logged().splitlines() if "Refused, because its" in line]


@pytest.mark.parametrize(
    ("host", "allowed"), [(EVIL, "shared"), ("127.0.0.1", "refused"), ("localhost", "refused")]
)
def test_a_page_changes_and_reads_nothing(
    stack: LocalStack, site: Site, buckets: Any, tmp_path: Path, host: str, allowed: str
) -> None:
    """Forms, images, frames, fetches, a WebSocket and a navigation; a CORS rule lets its origin read."""
    name = host.replace(".", "-")
    before = len(_refusals(stack))
    queues = stack.client("sqs").list_queues().get("QueueUrls")  # of other tests on the same stack
    site.page = _PAGE.replace("EDGE", stack.endpoint).replace("NAME", name).encode()

    with opened(f"http://{host}:{site.port}/", tmp_path / "profile"):
        seen = site.posted.get(timeout=30)
        wait_for("all refusals", lambda: len(_refusals(stack)) >= before + 9, 30)

    assert seen == {"socket": "refused", "secret": "refused", "allowed": allowed}
    assert [item["Key"] for item in buckets.list_objects_v2(Bucket="assets-of-web")["Contents"]] == ["secret"]
    assert stack.client("sqs").list_queues().get("QueueUrls") == queues


def test_a_rebound_name_reads_nothing(stack: LocalStack, buckets: Any, tmp_path: Path) -> None:
    """A page whose name points to this machine since a moment ago is of the same origin as what it asks."""
    ports = (stack.record.edge_port, stack.record.runner_port)

    answers = [
        text_of(f"http://{EVIL}:{port}/assets-of-web/secret", tmp_path / f"profile{port}") for port in ports
    ]

    for answer in answers:
        assert "Refused, because its Host is" in answer


def test_an_address_that_is_typed_opens(stack: LocalStack, buckets: Any, tmp_path: Path) -> None:
    """A presigned URL, in the browser and with a program."""
    url = buckets.generate_presigned_url("get_object", {"Bucket": "assets-of-web", "Key": "secret"})

    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  (our own http URL)
        assert answer.read() == b"secret"
    assert "secret" in text_of(f"{stack.endpoint}/assets-of-web/secret", tmp_path / "profile")


def test_a_page_that_leads_here_calls_no_operation(
    stack: LocalStack, site: Site, buckets: Any, tmp_path: Path
) -> None:
    """What is typed leads to a page, which redirects: the browser says that the user has asked for it."""
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName="led-here")["QueueUrl"]
    site.redirect = f"{stack.endpoint}/?Action=DeleteQueue&Version=2012-11-05&QueueUrl={url}"
    before = len(_refusals(stack))

    shown = text_of(f"http://{EVIL}:{site.port}/", tmp_path / "profile")

    assert "Refused, because its Sec-Fetch-Site is" in shown
    assert len(_refusals(stack)) > before
    assert url in sqs.list_queues()["QueueUrls"]
    sqs.delete_queue(QueueUrl=url)


def test_a_page_in_a_bucket_runs_no_script(stack: LocalStack, buckets: Any, tmp_path: Path) -> None:
    page = b"<p id=seen>as it was</p><script>seen.textContent = 'script ' + 'ran'</script>"
    buckets.put_object(Bucket="open-of-web", Key="shared", Body=page, ContentType="text/html")

    shown = text_of(f"{stack.endpoint}/open-of-web/shared", tmp_path / "profile")

    assert "as it was" in shown
    assert "script ran" not in shown
