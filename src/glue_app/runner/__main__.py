"""`python -m glue_app.runner`: reads the settings, serves until SIGTERM, takes its runs with it."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from glue_app.runner import forward, kernel_guard, stragglers
from glue_app.runner.runs import Runs
from glue_app.runner.server import RunnerServer
from glue_app.runner.settings import SettingError, Settings

LOG = logging.getLogger("glue_app.runner")


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        print(f"runner: {error}", file=sys.stderr)
        return 2
    LOG.info("egress guard: %s", kernel_guard.in_words())  # before orphans are taken in: it tries a process
    stragglers.take_in_orphans()
    if left := stragglers.end_of(settings.home):
        LOG.warning("ended %d processes that runs of an earlier life left behind", left)
    forward.start(settings.forward)
    runs = Runs(settings)
    server = RunnerServer(settings, runs)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    LOG.info("listening on %s:%d, home %s", settings.host, server.server_port, settings.home)
    try:
        server.serve_forever()
    finally:
        runs.stop_all()
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
