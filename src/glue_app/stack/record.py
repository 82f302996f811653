"""`run/stack.json`: which stack is running."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from glue_app import glue_versions
from glue_app.bootstrap.stamps import write_atomically
from glue_app.stack.processes import Process


@dataclass
class StackRecord:
    """A stack that was started. `generation` is the emulator's life: with it end its resources."""

    engine: str
    generation: str
    edge_port: int
    runner_port: int
    stub_port: int
    processes: dict[str, Process] = field(default_factory=dict)
    glue_version: str = glue_versions.DEFAULT

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def runner_url(self) -> str:
        return f"http://127.0.0.1:{self.runner_port}"

    @property
    def stub_url(self) -> str:
        return f"http://127.0.0.1:{self.stub_port}"

    def write(self, path: Path) -> None:
        """With the addresses spelt out for other readers."""
        data = asdict(self) | {
            "endpoint": self.endpoint,
            "runner_url": self.runner_url,
            "stub_url": self.stub_url,
        }
        write_atomically(path, json.dumps(data, indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> StackRecord | None:
        """Return it; None when there is none or one that can't be understood, which nobody can reuse."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                engine=data["engine"],
                generation=data["generation"],
                edge_port=data["edge_port"],
                runner_port=data["runner_port"],
                stub_port=data["stub_port"],
                processes={name: Process(**process) for name, process in data["processes"].items()},
                glue_version=data.get("glue_version", glue_versions.DEFAULT),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
