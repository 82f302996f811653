"""The patch web_pages: no web page reaches LocalStack, but where a bucket's CORS rule allows it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.parsers import create_parser
from localstack.aws.spec import load_service
from localstack.http import Request, Response, Router
from localstack.services.s3 import cors, models
from rolo.gateway import Gateway
from rolo.websocket.request import WebSocketRequest

from glue_app.emulator.host.gateway import web_pages
from glue_app.emulator.host.patches.patch import original
from tests.support.web_page_cases import CASES, Case

_OWN = "127.0.0.1:4566"
_RULE = {
    "AllowedOrigins": ["https://*.good.example"],
    "AllowedMethods": ["GET", "PUT"],
    "AllowedHeaders": ["*"],
}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway with one handler, which answers all; the bucket `open` allows pages of good.example."""
    web_pages.apply()
    buckets = {
        "open": SimpleNamespace(cors_rules={"CORSRules": [_RULE]}),
        "closed": SimpleNamespace(cors_rules=None),
    }
    stores = {"000000000000": {"us-east-1": SimpleNamespace(buckets=buckets)}}
    monkeypatch.setattr(models, "s3_stores", stores)
    router: Any = Router()
    router.add("/routed/<name>", lambda _request, name: name)
    monkeypatch.setattr(web_pages, "ROUTER", router)
    return Gateway(request_handlers=[lambda chain, _context, _response: chain.respond(200, b"served")])


def send(gateway: Gateway, method: str, path: str, headers: Any, process: Any = None) -> Response:
    path, _, query = path.partition("?")
    request = Request(method, path, query_string=query, headers=dict(headers))
    request.environ["RAW_URI"] = f"{path}?{query}"  # as the server gives it
    response = Response()
    (process or type(gateway).process)(gateway, request, response)
    return response


def test_localstack_still_lets_web_pages_in(gateway: Gateway) -> None:
    headers = {"Host": "evil.example", "Origin": "https://evil.example"}

    assert send(gateway, "POST", "/", headers, original(Gateway, "process")).data == b"served"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_gateway_decides_as_all_do(gateway: Gateway, case: Case) -> None:
    response = send(gateway, "GET", "/some/path", case.sent(_OWN))

    if case.refused_by:
        assert response.status_code == 403
        assert f"its {case.refused_by} is" in response.get_data(as_text=True).replace("&#x27;", "'")
    else:
        assert response.data == b"served"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/open/key", {}, 200),
        ("PUT", "/open/key", {"Sec-Fetch-Site": "cross-site"}, 200),
        ("OPTIONS", "/open/key", {"Access-Control-Request-Method": "PUT"}, 200),
        ("OPTIONS", "/open/key", {"Access-Control-Request-Method": "DELETE"}, 403),
        ("GET", "/key", {"Host": "open.s3.localhost.localstack.cloud:4566"}, 200),
        ("GET", "/open/key", {"Origin": "https://evil.example"}, 403),
        ("GET", "/open/key", {"Origin": "https://www.good.example.evil.example"}, 403),
        ("GET", "/open/key", {"Origin": "null"}, 403),
        ("GET", "/open/key", {"Host": "evil.example"}, 403),
        ("GET", "/open/key", {"Upgrade": "WebSocket"}, 403),
        ("POST", "/open", {}, 403),
        ("POST", "/open", {"Access-Control-Request-Method": "PUT"}, 403),
        ("PUT", "/open/key", {"x-amz-copy-source": "/closed/key"}, 403),
        ("GET", "/open/_localstack/health", {}, 200),
        ("GET", "/_localstack/health", {"Host": "open.s3.localhost:4566"}, 403),
        ("GET", "/_aws/sqs/messages", {"Host": "open.s3.localhost:4566"}, 403),
        ("GET", "/_glue-app/health", {"Host": "open.s3.localhost:4566"}, 403),
        ("GET", "/routed/queue", {"Host": "open.s3.localhost:4566"}, 403),
        ("GET", "/key?Action=SendMessage", {"Host": "open.s3.localhost:4566"}, 403),
        ("PUT", "/open/key?%61ction=x", {}, 403),
        ("GET", "/closed/key", {}, 403),
        ("GET", "/none/key", {}, 403),
        ("GET", "/", {}, 403),
        ("GET", "/_localstack/health", {}, 403),
    ],
)
def test_a_buckets_cors_rule_opens_that_bucket_for_that_origin_and_method(
    gateway: Gateway, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    sent = {"Host": _OWN, "Origin": "https://www.good.example", **headers}

    assert send(gateway, method, path, sent).status_code == status


def test_what_a_bucket_allows_is_the_buckets_alone(gateway: Gateway) -> None:
    """LocalStack takes a request that passes so for S3's, whatever it says besides."""
    handler: Any = cors.S3CorsHandler(web_pages._Buckets())
    headers = {"Host": _OWN, "Origin": "https://www.good.example"}
    request = Request("GET", "/open", query_string="Action=DeleteDBInstance", headers=headers)
    context = SimpleNamespace(request=request, service=None, request_id="r")

    handler(None, context, Response())

    assert context.service.service_name == "s3"


@pytest.mark.parametrize(
    ("path", "dest", "sandboxed"),
    [
        ("/assets/page.html", "document", True),
        ("/assets/page.html", "iframe", True),
        ("/assets/page.html", "empty", False),
        ("/assets/page.html", None, False),
        ("/_localstack/swagger", "document", False),
    ],
)
def test_a_page_that_lies_in_a_bucket_runs_no_script(
    gateway: Gateway, path: str, dest: str | None, sandboxed: bool
) -> None:
    """It would be of the same origin as every service."""
    headers = {"Host": _OWN, "Sec-Fetch-Site": "none"} | ({"Sec-Fetch-Dest": dest} if dest else {})

    response = send(gateway, "GET", path, headers)

    assert response.headers.get("Content-Security-Policy", "").startswith("sandbox") == sandboxed


def test_a_websocket_of_a_page_is_rejected(gateway: Gateway) -> None:
    """Session Manager's channels are such; the plugin sends no Origin."""
    rejected: list[int] = []
    socket = SimpleNamespace(reject=lambda status, *_: rejected.append(status))
    environ = {
        "wsgi.url_scheme": "ws",
        "PATH_INFO": "/v1/data-channel/x",
        "HTTP_HOST": _OWN,
        "HTTP_ORIGIN": "https://evil.example",
        "rolo.websocket": socket,
    }

    gateway.accept(WebSocketRequest(environ))

    assert rejected == [403]


@pytest.mark.parametrize(
    ("service", "headers"),
    [
        ("stepfunctions", {"X-Amz-Target": "AWSStepFunctions.StartExecution"}),
        ("s3", {}),
        ("rds", {}),
        ("ec2", {}),
        ("lambda", {}),
    ],
)
def test_a_refusal_reaches_an_sdk_with_its_message(
    gateway: Gateway, service: str, headers: dict[str, str]
) -> None:
    response = send(gateway, "POST", "/", {"Host": "evil.example", **headers})

    parser: Any = create_parser(load_service(service).metadata["protocol"])
    answer = {
        "status_code": response.status_code,
        "headers": dict(response.headers),
        "body": response.get_data(),
    }
    error = parser.parse(answer, None)["Error"]
    assert error["Code"] == "AccessDenied"
    assert "'evil.example'" in error["Message"]
