"""Which provider answers a service that LocalStack has one of its own for."""

from __future__ import annotations

from localstack import config

#: service → the name after the colon of our entry point (pyproject.toml)
CHOSEN = {"ssm": "glue_app"}


def choose() -> None:
    """Before the first service is loaded: ours, unless PROVIDER_OVERRIDE_<SERVICE> says otherwise."""
    for service, name in CHOSEN.items():
        config.SERVICE_PROVIDER_CONFIG.set_provider_if_not_exists(service, name)
