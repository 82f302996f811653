"""FakeModel and FakeBucket behind one HTTP endpoint, for clients in Spark's Python workers."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from tests.support.enrichment_fakes import FakeBucket, FakeModel


class FakeEndpoint:
    """``url`` is what AWS_ENDPOINT_URL is set to; ``model`` and ``bucket`` may be replaced while it runs."""

    def __init__(self) -> None:
        self.model, self.bucket = FakeModel(), FakeBucket()
        endpoint = self

        class Handler(_Handler):
            @property
            def model(self) -> FakeModel:
                return endpoint.model

            @property
            def bucket(self) -> FakeBucket:
                return endpoint.bucket

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def model(self) -> FakeModel:
        raise NotImplementedError

    @property
    def bucket(self) -> FakeBucket:
        raise NotImplementedError

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _failed(self, error: ClientError) -> None:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        message = error.response["Error"]["Message"]
        if self.path.startswith("/model/"):
            self._answer(status, json.dumps({"message": message}).encode(), x_amzn_ErrorType=code)
        else:
            self._answer(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())

    def do_POST(self) -> None:
        request = json.loads(self._body())
        try:
            response = self.model.converse(modelId=unquote(self.path.split("/")[2]), **request)
        except ClientError as error:
            self._failed(error)
        else:
            self._answer(200, json.dumps(response).encode(), Content_Type="application/json")

    def do_PUT(self) -> None:
        body = self._body()
        if (
            self.headers.get("Content-Encoding") == "aws-chunked"
        ):  # size in hex, data, … and trailing check sums
            size, _, rest = body.partition(b"\r\n")
            body = rest[: int(size.partition(b";")[0], 16)]
        self.bucket.put_object(Bucket="", Key=self._key(), Body=body, ContentType="")
        self._answer(200, b"")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        try:
            if "list-type" in parts.query:
                page = self.bucket.list_objects_v2(Bucket="", Prefix=parse_qs(parts.query)["prefix"][0])
                keys = "".join(
                    f"<Contents><Key>{escape(item['Key'])}</Key></Contents>" for item in page["Contents"]
                )
                self._answer(
                    200,
                    f"<ListBucketResult><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>".encode(),
                )
            else:
                self._answer(200, self.bucket.get_object(Bucket="", Key=self._key())["Body"].read())
        except ClientError as error:
            self._failed(error)

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path.split("/", 2)[2])
