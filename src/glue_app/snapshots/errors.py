"""What a snapshot can be refused for. The running stack is untouched whenever one of these is raised."""

from __future__ import annotations

from pathlib import Path

from glue_app.stack.errors import StackError


class SnapshotError(StackError):
    """Something is wrong with a snapshot or its name."""

    def __init__(self, problem: str, remedy: str = "make snapshots") -> None:
        super().__init__(problem, remedy)


class SnapshotDamagedError(SnapshotError):
    """The file is not what was written."""

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(f"{file.name} is damaged: {problem}")
        self.file = file


class SnapshotNotTrustedError(SnapshotError):
    """The file was not written by this user on this machine. Loading executes what is in it."""

    def __init__(self, file: Path, name: str) -> None:
        super().__init__(
            f"{file.name} was not made here. Loading a snapshot executes code that is in it: "
            f"trust it only if you trust who made it",
            f"make restore NAME={name} TRUST=1",
        )


class SnapshotIncompatibleError(SnapshotError):
    """It was written by other versions; what they mean is known to them only."""

    def __init__(self, file: Path, what: str, found: str, wanted: str) -> None:
        problem = f"was made with {what} {found}, this is {wanted}: it can't be loaded here"
        super().__init__(f"{file.name} {problem}")
