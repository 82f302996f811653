"""LocalStack lets web pages in: any `Host`, for S3 and API Gateway any `Origin`, and GETs of whole pages.

So a page could replace a Glue job's script in S3 and have it run. What comes from the network passes
`Gateway.process` of rolo, HTTP and WebSocket alike, before any handler and before the request gate;
LocalStack's own in-memory calls do not. The rule is glue_app/runner/web_pages.py, which the runner has too.
Only what a bucket's CORS configuration allows is let through, as S3 has it:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html

A page that lies in a bucket would be of the same origin as every service. What a browser opens is sandboxed,
so its scripts don't run: https://www.w3.org/TR/CSP3/#directive-sandbox
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from localstack.services.edge import ROUTER
from localstack.services.s3.cors import S3CorsHandler
from localstack.services.s3.models import BucketCorsIndex
from rolo.gateway.gateway import Gateway
from werkzeug.exceptions import HTTPException

from glue_app.emulator.host.patches.patch import Patch, replace
from glue_app.emulator.host.refusing import refuse
from glue_app.emulator.settings import settings
from glue_app.runner.web_pages import calls_an_operation, refusal

LOG = logging.getLogger(__name__)


class _Buckets:
    """The buckets as they are now: LocalStack's own index is only kept up to date by its provider."""

    @property
    def buckets(self) -> set[str]:
        return BucketCorsIndex._build_index()[0]  # type: ignore[no-any-return]

    @property
    def cors(self) -> dict[str, Any]:
        return BucketCorsIndex._build_index()[1]  # type: ignore[no-any-return]


@functools.cache
def _s3() -> Any:
    return S3CorsHandler(_Buckets())


@functools.cache
def _hosts() -> frozenset[str]:
    """By what names the settings say the gateway is reached."""
    urls = (settings().endpoint, settings().job_endpoint_url)
    return frozenset(host for url in urls if (host := urlsplit(url).hostname))


def _guarded(original: Callable[..., None]) -> Callable[..., None]:
    def process(self: Any, request: Any, response: Any) -> None:
        target = request.environ.get("RAW_URI") or request.path
        refused = refusal(getattr(request, "method", "GET"), target, request.headers.items(), _hosts())
        if refused is None or (refused.origin and _bucket_allows(request, target)):
            original(self, request, response)
            if _is_opened(request):
                response.headers["Content-Security-Policy"] = "sandbox allow-downloads"
            return
        LOG.warning("%s %s: %s", request.method, request.path, refused.message)
        refuse(request, response, 403, "AccessDenied", refused.message)

    return process


def _bucket_allows(request: Any, target: str) -> bool:
    """Whether it is for a bucket whose CORS rules have this origin and method, and for nothing else.

    LocalStack decides by the same function that such a request is S3's, but only when its own routes, SQS's
    queue URLs among them, have not taken it.
    """
    headers = request.headers
    if "Upgrade" in headers or (request.method != "OPTIONS" and "Access-Control-Request-Method" in headers):
        return False  # LocalStack would take the method of a preflight for that of the request
    if "x-amz-copy-source" in headers:  # of any bucket: the rule is that of one
        return False
    if calls_an_operation(target) or request.path.startswith("/_") or _is_routed(request):
        return False
    _is_s3, bucket = _s3().pre_parse_s3_request(request)
    configuration = _s3().bucket_cors_index.cors.get(bucket)
    return bool(configuration and _s3().match_rules(request, configuration["CORSRules"]))


def _is_routed(request: Any) -> bool:
    """Whether one of LocalStack's routes would take it, before any service does."""
    try:
        ROUTER.url_map.bind(server_name=request.host).match(request.path, method=request.method)
    except HTTPException as error:  # also RequestRedirect
        return error.code not in (404, 405)
    return True


def _is_opened(request: Any) -> bool:
    """Whether a browser shows it, LocalStack's own pages apart."""
    fetched = request.headers.get("Sec-Fetch-Dest", "empty")
    return fetched != "empty" and not request.path.startswith("/_localstack/")


def apply() -> None:
    replace(Gateway, "process", _guarded)


PATCH = Patch(
    "web-pages",
    "no web page can send requests, unless a bucket's CORS configuration allows its origin",
    apply,
)
