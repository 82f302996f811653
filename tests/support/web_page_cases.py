"""Requests, and what all that listens must make of them: gateway, Bedrock stub and Glue runner alike.

`{own}` stands for the host and port at which the server is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"


@dataclass(frozen=True)
class Case:
    """refused_by: the header that the refusal names; empty where the request passes."""

    name: str
    refused_by: str
    headers: dict[str, str] = field(default_factory=dict)
    host: str = "{own}"

    def sent(self, own: str) -> list[tuple[str, str]]:
        """The headers as they go out to a server at `own`, such as 127.0.0.1:4566."""
        port = own.rpartition(":")[2]
        named = {"Host": self.host, **self.headers}
        return [(k, v.replace("{own}", own).replace("{port}", port)) for k, v in named.items()]


CASES: tuple[Case, ...] = (
    # programs
    Case("a program", ""),
    Case("boto3", "", {"User-Agent": "Boto3/1.40 md/Botocore#1.40 ua/2.1 os/linux"}),
    Case("node's fetch", "", {"User-Agent": "node", "Sec-Fetch-Mode": "cors"}),
    # names of this machine
    Case("localhost", "", host="localhost:{port}"),
    Case("capitals and the root's dot", "", host="LocalHost.:{port}"),
    Case("another loopback address", "", host="127.9.8.7:{port}"),
    Case("IPv6", "", host="[::1]:{port}"),
    Case("a bucket", "", host="bronze.s3.localhost.localstack.cloud:{port}"),
    Case("a bucket of a name with dots", "", host="a.b.s3.amazonaws.com"),
    Case("a bucket in a region", "", host="bronze.s3.us-west-2.amazonaws.com"),
    Case("a bucket below localhost", "", host="bronze.s3.localhost:{port}"),
    Case("a neighbour in compose", "", host="localstack:4566"),
    # names that may be a web page's
    Case("a rebound name", "Host", host="evil.example:{port}"),
    Case("a rebound name and its page", "Host", {"Origin": "http://evil.example:1"}, "evil.example:1"),
    Case("loopback's look-alike", "Host", host="127.0.0.1.nip.io:{port}"),
    Case("localhost's look-alike", "Host", host="localhost.evil.example:{port}"),
    Case("S3's look-alike", "Host", host="bronze.s3.amazonaws.com.evil.example"),
    Case("S3's other look-alike", "Host", host="evil-s3.amazonaws.com"),
    Case("somebody's load balancer at AWS", "Host", host="x.s3.elb.amazonaws.com"),
    Case("an address of the network", "Host", host="192.168.1.7:{port}"),
    Case("any address", "Host", host="0.0.0.0:{port}"),
    Case("an address as a number", "Host", host="2130706433:{port}"),
    Case("with a user", "Host", host="localhost@evil.example"),
    Case("with a user of our name", "Host", host="127.0.0.1:80@evil.example"),
    Case("no name", "Host", host="local_host/:{port}"),
    Case("what a proxy says is not believed", "Host", {"X-Forwarded-Host": "localhost"}, "evil.example"),
    Case("nor does it harm", "", {"X-Forwarded-Host": "evil.example"}),
    # pages
    Case("an own page", "", {"Origin": "http://{own}", "Sec-Fetch-Site": "same-origin"}),
    Case("typed into the address bar", "", {"Sec-Fetch-Site": "none", "User-Agent": _CHROME}),
    Case("a foreign page", "Origin", {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}),
    Case("a page that hides its name", "Origin", {"Origin": "null"}),
    Case("a page on another port", "Origin", {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}),
    Case("a page of the same machine by another name", "Origin", {"Origin": "http://localhost:{port}"}),
    Case("a page on the scheme's port", "Origin", {"Origin": "http://127.0.0.1"}),
    Case("a file", "Origin", {"Origin": "file://"}),
    Case("an origin with a path of ours", "Origin", {"Origin": "https://evil.example/http://{own}"}),
    Case("an origin with our name as user", "Origin", {"Origin": "http://{own}@evil.example"}),
    Case("an origin in IPv6 that is none", "Origin", {"Origin": "http://[::1"}),
    Case("LocalStack's own web application", "Origin", {"Origin": "https://app.localstack.cloud"}),
    Case("an image", "Sec-Fetch-Site", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
    Case("an image of another port", "Sec-Fetch-Site", {"Sec-Fetch-Site": "same-site"}),
    Case("an unknown relation", "Sec-Fetch-Site", {"Sec-Fetch-Site": "Same-Site-ish"}),
    # old browsers, and http:// names to which new ones send no Sec-Fetch-Site
    Case("an old browser's image", "Referer", {"Referer": "http://evil.example/page", "User-Agent": _CHROME}),
    Case("an old browser on our page", "", {"Referer": "http://{own}/page?x=1", "User-Agent": _CHROME}),
    Case("a browser that says nothing", "User-Agent", {"User-Agent": _CHROME}),
    Case("the same at a bucket", "User-Agent", {"User-Agent": _CHROME}, "x.s3.localhost.localstack.cloud"),
)  # fmt: skip
