"""LocalStack's endpoint as the Docker engine sees it, and containers that are all well."""

from __future__ import annotations

from typing import Any

RUNS = {
    "localstack": "running (healthy)",
    "postgres": "running (healthy)",
    "glue": "running (healthy)",
    "bedrock_stub": "running (healthy)",
}


class Endpoint:
    """LocalStack's, as the engine sees it: what it answers, and what it was asked to do."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = {"generation": "docker-g1", "services": {"rds": "up", "stub": "up"}}
        self.posts: list[tuple[str, Any]] = []
        self.answer: tuple[int, Any] = (200, {"save": "00000001"})

    def get(self, url: str) -> tuple[int, Any]:
        assert url == "http://127.0.0.1:4999/_glue-app/health"
        return self.status, self.body

    def post(self, url: str, body: Any) -> tuple[int, Any]:
        self.posts.append((url.rpartition("/")[2], body))
        return self.answer
