"""`make test-docker`: the integration and e2e tests on containers, on an engine that is found or lent.

Real images where they are present or can be pulled, else stand-ins under their names (scripts/standins/): it
says which. Where no engine or no image can be had, all of it counts as skipped.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from glue_app import package
from glue_app.bootstrap.layout import python_path
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.containers import images
from glue_app.containers.errors import NoEngineError
from glue_app.settings import Settings
from glue_app.stack import ports
from scripts.standins import prepare
from scripts.standins.borrowed import borrowed
from scripts.standins.errors import ImageError
from scripts.test import Count, pytest, tests_environment

_PREFERRED_PORT = 4616  # the same each time: a snapshot of the applied stack fits its own endpoint only
_INTEGRATION = [f"tests/integration/{room}" for room in ("glue", "rds", "bedrock", "host", "ssm")]
_STAGES = {
    "integration": [*_INTEGRATION, "-m", "not embedded"],
    "e2e": ["tests/e2e"],
    "docker": ["tests/docker"],
}


def main(argv: list[str] | None = None) -> int:
    """0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="test_docker", description=__doc__)
    parser.add_argument("stages", nargs="*", choices=[*_STAGES, []], help="default: all")
    chosen = parser.parse_args(argv).stages or list(_STAGES)
    return entry.run("test_docker", lambda settings: _run(chosen, settings))


def _run(chosen: list[str], settings: Settings) -> int:
    toolchain = Toolchain.load(settings.tools, settings.glue_version)
    package.build(Path(toolchain.wheels), settings.glue_version)
    started, total = time.monotonic(), Count()
    try:
        with borrowed(_say) as engine:
            port = _PREFERRED_PORT if ports.is_free(_PREFERRED_PORT) else ports.free_port()
            prepare.ensure(engine, images.names_for(settings.glue_version), _say)
            environment = (
                tests_environment(toolchain, settings, port)
                | engine.environment
                | {
                    "ENGINE": "docker",
                    "GLUE_APP_STATE": str(settings.state / "test-docker"),
                    "GLUE_APP_SNAPSHOTS": str(settings.state / "test-docker" / "snapshots"),
                    "GLUE_APP_START_TIMEOUT": "300",
                    "PYTHONPATH": python_path(),
                }
            )
            for stage in chosen:
                count = pytest(toolchain.host_python, _STAGES[stage], environment)
                _say(f"{stage}: {count}, after {time.monotonic() - started:.0f} s")
                total += count
    except (NoEngineError, ImageError) as error:
        lacking = "IMAGES" if isinstance(error, ImageError) else "DOCKER ENGINE"
        _say("=" * 80 + f"\nNO {lacking}: {error}\nThe tests on containers are SKIPPED.\n" + "=" * 80)
        total += Count(skipped=len(chosen))
    print(total)
    return 1 if total.failed else 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
