"""Programs that some tests need: got where it can be, else it is said which tests are skipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from glue_app.bootstrap import session_manager_plugin
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from glue_app.settings import Settings
from scripts import browser


def browser_for_web_pages(settings: Settings) -> None:
    """Chromium."""
    _get("in a browser", lambda log: browser.get(log / "browser.log", Console()), settings)


def session_manager_plugin_for_tunnels(settings: Settings) -> None:
    """AWS's own plugin, built from the Go module proxy where it is missing."""
    name, tools = session_manager_plugin.NAME, settings.tools
    _get(
        "of the tunnel",
        lambda log: session_manager_plugin.get(tools, log / f"{name}.log", Console()),
        settings,
    )


def _get(tests: str, get: Callable[[Path], Path], settings: Settings) -> None:
    try:
        get(settings.tools / "logs")
    except BootstrapError as error:
        print(f"the tests {tests} are SKIPPED: {error}", flush=True)
