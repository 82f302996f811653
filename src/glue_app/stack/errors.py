"""What the commands can fail with: the one line that matters, and the command to look closer."""

from __future__ import annotations

from pathlib import Path

from glue_app.errors import GlueAppError


class StackError(GlueAppError):
    """A command of the stack failed; its remedy is the command to look closer, or to go on."""

    remedy_label = "look closer"

    def __init__(self, problem: str, remedy: str = "make status") -> None:
        super().__init__(problem, remedy)


class NotRunningError(StackError):
    """The command needs a running stack."""

    def __init__(self) -> None:
        super().__init__("no stack is running here", "make up")


class NoLoginError(StackError):
    """Gold has no such role, or it has no password yet."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)


class OtherGlueVersionError(StackError):
    """The command is for a version of Glue that the running stack doesn't have."""

    def __init__(self, runs: str, asked_for: str) -> None:
        super().__init__(
            f"the stack runs Glue {runs}, GLUE_VERSION asks for {asked_for}",
            f"make up GLUE_VERSION={asked_for}   (switches it; or set GLUE_VERSION={runs})",
        )


class OtherPortError(StackError):
    """The stack of this folder is one of another port, and would not be the same at this one."""

    def __init__(self, state: Path, kept: int, asked_for: int) -> None:
        super().__init__(
            f"{state} holds the stack of port {kept}, EDGE_PORT asks for {asked_for}",
            f"make up EDGE_PORT={kept}   (or a second one: GLUE_APP_STATE={state}-{asked_for}; "
            "or none of it any more: make clean)",
        )


class PortTakenError(StackError):
    """Another program listens where the endpoint should."""

    def __init__(self, port: int, holder: str) -> None:
        self.port = port
        super().__init__(
            f"port {port} is taken by {holder}: stop that, or make a stack of another port and folder",
            f"make up EDGE_PORT={port + 10} GLUE_APP_STATE=.state-{port + 10}",
        )


class ServiceFailedError(StackError):
    """A process of the stack ended with `code`, or didn't answer in time: then `code` is None."""

    def __init__(self, name: str, problem: str, log: Path, code: int | None = None) -> None:
        self.name, self.code = name, code
        super().__init__(f"{name} {problem}", f"make logs SERVICE={name}   ({log})")


class SaveFailedError(StackError):
    """The running stack could not save itself."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the stack could not be saved: {problem}", "make logs SERVICE=localstack")


class TerraformFailedError(StackError):
    """A terraform command failed; `summary` is its first error."""

    def __init__(self, command: str, summary: str, log: Path) -> None:
        self.summary = summary
        super().__init__(f"terraform {command}: {summary}", f"make logs SERVICE=terraform   ({log})")
