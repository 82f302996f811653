"""Which requests come from a web page: whoever opens one must not hand its author this machine.

A page of any site can make the browser send requests to a loopback port: forms, images, scripts, WebSockets,
navigations; and to one whose host name it lets point to 127.0.0.1 (DNS rebinding) it can even read the
answers. Browsers say where a request comes from: `Host`, `Origin`, `Sec-Fetch-Site`, `Referer`. Programs such
as the AWS CLI, the SDKs, Terraform, curl and Session Manager's plugin send the first one only.
https://www.w3.org/TR/fetch-metadata/ and https://fetch.spec.whatwg.org/#origin-header

This file is twice in the tree, because a part that must run alone imports nothing of the others: the Bedrock
stub has its own, and a test compares the two. Standard library only, Python 3.10.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

#: of docker-compose.yml, and of a container that asks its host. A name without a dot, and one in `.internal`,
#: is nobody's on the internet, so no page's
NEIGHBOURS = frozenset({"localstack", "glue", "bedrock-stub", "host.docker.internal"})
#: their owners let the first point to loopback and the others to S3, for everybody: no page can have one
_S3_HOSTS = re.compile(
    r"(?:[a-z0-9._-]+\.)?s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com"
    r"|(?:[a-z0-9._-]+\.)?localhost\.localstack\.cloud"
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>\d{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True)
class Refusal:
    """A request that is refused, by what its header says.

    origin: the foreign page's, where that alone is wrong and a bucket's CORS rule may allow it; else empty.
    """

    header: str
    value: str
    why: str
    origin: str = ""

    @property
    def message(self) -> str:
        """What was refused and why, for the one who looks into the browser's tools."""
        value = "".join(c if c.isprintable() else "?" for c in self.value[:100])
        return f"Refused, because its {self.header} is '{value}': {self.why}. See docs/security.md."


def refusal(
    method: str, target: str, headers: Iterable[tuple[str, str]], hosts: Collection[str] = ()
) -> Refusal | None:
    """Why this request is refused, None where it is no web page's.

    target: what stands between method and version, a path or a whole URL. headers: all of them, as often as
    they were sent. hosts: names, lower case, by which this server is reached beside those everybody knows.
    """
    given: dict[str, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append(value.strip())
    host, refused = _asked(target, given, hosts)
    return refused or _from_elsewhere(host, given) or _led_here(method, target, given)


def calls_an_operation(target: str) -> bool:
    """Tell whether the query names an operation, as in `?Action=DeleteQueue`: then a GET is no read."""
    query = target.partition("?")[2]
    return any(name.lower() == "action" for name, _ in parse_qsl(query, keep_blank_values=True))


def _asked(
    target: str, given: dict[str, list[str]], hosts: Collection[str]
) -> tuple[tuple[str, str] | None, Refusal | None]:
    """Return the host that the request names; no host at all is HTTP/1.0, which no browser speaks."""
    named = given.get("host", [])
    if len(named) > 1:
        return None, Refusal("Host", ", ".join(named), "there is more than one")
    if not target.startswith("/") and "://" in target:
        named = [*named, target.partition("://")[2].partition("/")[0]]
    found = None
    for value in named:
        found = _authority(value, "")
        if found is None or not _ours(found[0], hosts):
            return None, Refusal("Host", value, "no name of this machine; a web page may have made it up")
    return found, None


def _from_elsewhere(host: tuple[str, str] | None, given: dict[str, list[str]]) -> Refusal | None:
    origins, sites = given.get("origin", []), given.get("sec-fetch-site", [])
    for origin in origins:
        if not _same(origin, host):
            cors = origin if len(origins) == 1 and origin != "null" else ""
            return Refusal("Origin", origin, "a web page of another origin has sent it", cors)
    for site in sites:
        if site.lower() not in ("none", "same-origin"):
            return Refusal("Sec-Fetch-Site", site, "a web page of another origin has sent it")
    if origins or sites:
        return None
    for referer in given.get("referer", []):
        if not _same(referer, host):
            return Refusal("Referer", referer, "a web page of another origin has sent it")
    agent = next(iter(given.get("user-agent", [])), "")
    if agent.startswith("Mozilla/") and not given.get("referer"):
        # no browser sends Sec-Fetch-Site to http:// names other than localhost, and a page can hide Referer
        return Refusal(
            "User-Agent",
            agent,
            "a browser that does not say whose request it is; ask 127.0.0.1",
        )
    return None


def _led_here(method: str, target: str, given: dict[str, list[str]]) -> Refusal | None:
    """Of a browser whose user came here: by typing, or led by a redirect from what they typed."""
    reads = method in ("GET", "HEAD") and not calls_an_operation(target)
    for site in given.get("sec-fetch-site", []):
        if site.lower() == "none" and not reads:
            return Refusal("Sec-Fetch-Site", site, "a browser may only read, a web page can lead it anywhere")
    return None


def _same(url: str, host: tuple[str, str] | None) -> bool:
    """Whether the URL's host and port are those that were asked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in _DEFAULT_PORTS or host is None:
        return False
    default = str(_DEFAULT_PORTS[parts.scheme])
    there = _authority(parts.netloc, default)
    return there is not None and there == (host[0], host[1] or default)


def _authority(value: str, default_port: str) -> tuple[str, str] | None:
    """Host and port, the host in lower case and without the root's dot; None where it is neither."""
    match = _AUTHORITY.fullmatch(value.lower())
    if match is None:
        return None
    host = match["host"].removesuffix(".")
    return host, str(int(match["port"])) if match["port"] else default_port


def _ours(host: str, hosts: Collection[str]) -> bool:
    if host == "localhost" or host.endswith(".localhost") or host in NEIGHBOURS or host in hosts:
        return True  # RFC 6761: nobody but this machine has localhost and the names below it
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return _S3_HOSTS.fullmatch(host) is not None
