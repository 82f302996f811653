"""The applied stack of tests/e2e, on containers."""

from tests.e2e.conftest import applied, commands, stack

__all__ = ["applied", "commands", "stack"]
