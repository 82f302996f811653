"""Brings the stack's state back at start, then keeps it saved."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from glue_app.emulator.host import executions
from glue_app.emulator.service import registration
from glue_app.emulator.service.start_up import end
from glue_app.emulator.settings import Settings
from glue_app.emulator.state import endpoints
from glue_app.emulator.state.background import BackgroundSaver
from glue_app.emulator.state.host import Host
from glue_app.emulator.state.saver import Saver
from glue_app.emulator.state.saves import Saves, current_versions

LOG = logging.getLogger(__name__)

EXIT_NOT_RESTORED = 70
#: longer than any server may take (rds/postgres/server.py): one that doesn't come is `failed`, and no reason
#: to give a sound save up. Who starts LocalStack has another limit, after which nothing is lost.
_DATABASES_TIMEOUT_S = 2400.0
_SWEEP_S = 60.0

_background: BackgroundSaver | None = None


def start(config: Settings) -> None:
    """Before the gateway listens: call nothing here that asks it. May end the process (`bring_back`)."""
    global _background
    versions = current_versions(config.endpoint)
    if config.restore:
        bring_back(config.restore, versions)
    saver = None
    if config.keep_state:
        saver = Saver(config.state, config.generation, versions, Host.of_localstack())
        _background = BackgroundSaver(saver)
        _background.start()
        registration.register("state", activity=executions.fingerprint, health=_background.check)
    else:
        threading.Thread(target=_sweep_for_good, name="s3-sweep", daemon=True).start()
    endpoints.install(saver)


def stop() -> None:
    """Before the services stop: what they hold from then on must not be saved."""
    if _background is not None:
        _background.stop()


def _sweep_for_good() -> None:
    """Where nothing is saved, nobody else removes the data of S3 objects that were deleted."""
    from glue_app.emulator.host.state import sweep

    while True:
        time.sleep(_SWEEP_S)
        try:
            sweep(set())
        except Exception:
            LOG.exception("removing the data of deleted S3 objects")


def bring_back(folder: Path, versions: dict[str, str]) -> None:
    """Bring back the state of a save. Where that fails the process ends: half a state is never served."""
    from glue_app.emulator.host.state import restore

    started = time.monotonic()
    try:
        save = Saves(folder.parent.parent).verify(folder, versions)
        restore(folder, save.manifest.services)
        registration.files().wait_until_started(_DATABASES_TIMEOUT_S)
    except Exception as error:
        LOG.exception("restoring %s", folder)
        reason = " ".join(str(error).split()) or type(error).__name__
        end(f"glue-app: {folder} cannot be brought back, so LocalStack ends: {reason}", EXIT_NOT_RESTORED)
    LOG.info("brought %s back in %.1f s", save, time.monotonic() - started)
