"""`make check`: lint, format, types, generated documents and Terraform's own checks, side by side.

Only what fails prints its output.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from glue_app.bootstrap.layout import ROOT, python_path
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.settings import REGION, Settings

_TYPED = ("src/glue_app", "stub_bedrock", "scripts", "glue")


@dataclass(frozen=True)
class Check:
    """Commands that run one after the other until one fails."""

    name: str
    commands: list[list[str]]
    env: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Result:
    """How a check ended; `output` is that of the command that failed, else empty."""

    name: str
    ok: bool
    seconds: float
    output: str


def checks(toolchain: Toolchain) -> list[Check]:
    """Return the checks, the slowest first."""
    tools = Path(toolchain.host) / "bin"
    ruff, mypy = str(tools / "ruff"), str(tools / "mypy")
    terraform = [toolchain.terraform, f"-chdir={ROOT / 'infra'}"]
    env = terraform_environment(toolchain)
    initialised = [*terraform, "init", "-backend=false", "-input=false", "-no-color"]
    documents = [str(toolchain.host_python), "-m", "scripts.docs", "--check"]
    typed = [folder for folder in _TYPED if any((ROOT / folder).rglob("*.py"))]
    return [
        # `strict` stands in pyproject.toml: as a flag it would undo the exceptions there
        Check("mypy --strict", [[mypy, *typed]]),
        Check(
            "terraform validate, test",
            [
                initialised,
                [*terraform, "validate", "-no-color"],
                [*terraform, "test", "-no-color"],
            ],
            env,
        ),
        Check("terraform fmt", [[*terraform, "fmt", "-check", "-recursive", "-diff", "-no-color"]], env),
        Check("generated documents", [documents], {"PYTHONPATH": python_path()}),
        Check("ruff check", [[ruff, "check", "."]]),
        Check("ruff format", [[ruff, "format", "--check", "."]]),
    ]


def terraform_environment(toolchain: Toolchain) -> dict[str, str]:
    """For calls that reach no cloud: a data folder of their own, and an endpoint where nobody listens."""
    return {
        "TF_CLI_CONFIG_FILE": toolchain.terraform_rc,
        "TF_DATA_DIR": str(Path(toolchain.terraform_rc).parent / "terraform-check"),
        "TF_IN_AUTOMATION": "1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run(check: Check) -> Result:
    """Run one check and print a line about it."""
    started = time.monotonic()
    output = ""
    base = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_CLI", "TF_DATA"))}
    for command in check.commands:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=base | check.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode:
            output = f"$ {' '.join(command)}\n{done.stdout}"
            break
    result = Result(check.name, not output, time.monotonic() - started, output)
    word = "ok" if result.ok else "FAILED"
    print(f"{time.strftime('%H:%M:%S')}  {result.name:<26}{word:<7}{result.seconds:5.1f} s", flush=True)
    return result


def run_all(toolchain: Toolchain) -> list[Result]:
    """Every check, two at a time, then the output of those that failed."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        results = list(pool.map(run, checks(toolchain)))
    for result in results:
        if not result.ok:
            print(f"\n---- {result.name}\n{result.output}", flush=True)
    return results


def main() -> int:
    """0 when all hold."""
    return entry.run("check", _run)


def _run(settings: Settings) -> int:
    results = run_all(Toolchain.load(settings.tools))
    failed = [result.name for result in results if not result.ok]
    print(
        f"check: {len(results) - len(failed)} ok, {len(failed)} failed"
        + (f": {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
