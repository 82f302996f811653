"""A compose program that does nothing but write down how it was called, and says what a test wants."""

from __future__ import annotations

import json
from pathlib import Path

from glue_app.containers.engine import DockerEngine

# `cp` out of a container makes the folder, as the real one does
PROGRAM = """\
#!/bin/bash
cd "{folder}"
printf '%s\\0' "$@" >"calls/$(printf %04d "$(ls calls | wc -l)")"
env -0 >environment
cat "says/$8" 2>/dev/null
cat "complains/$8" >&2 2>/dev/null
if [ "$8" = cp ]; then
    case ${{10}} in
        *:*) [ ! -e refuses-to-copy-in ] || exit 1 ;;
        *) mkdir -p "${{10}}" && echo "$9" >"${{10}}/copied" ;;
    esac
fi
exit "$(cat "codes/$8" 2>/dev/null || echo 0)"
"""


class FakeCompose:
    """`says`, `complains` (on stderr) and `ends_with` are of a subcommand: `ps`, `up`, …"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("calls", "says", "complains", "codes"):
            (folder / name).mkdir(parents=True)
        self.program = folder / "docker"
        self.program.write_text(PROGRAM.format(folder=folder))
        self.program.chmod(0o755)
        self.engine = DockerEngine(
            docker=[str(self.program)],
            compose=[str(self.program), "compose"],
            version="28.0.0",
            compose_version="2.40.3",
            environment={"DOCKER_HOST": "unix:///run/of/tests"},
        )

    def says(self, subcommand: str, text: str) -> None:
        (self._folder / "says" / subcommand).write_text(text)

    def complains(self, subcommand: str, text: str) -> None:
        (self._folder / "complains" / subcommand).write_text(text)

    def ends_with(self, subcommand: str, code: int) -> None:
        (self._folder / "codes" / subcommand).write_text(str(code))

    def refuses_to_copy_in(self) -> None:
        (self._folder / "refuses-to-copy-in").touch()

    def runs(self, **states: str) -> None:
        """Services with a container, `_` for `-`: `running (healthy)`, `exited 137` or another state."""
        lines = []
        for name, text in states.items():
            state, _, more = text.partition(" ")
            code = int(more) if more.isdigit() else 0
            health = "" if more.isdigit() else more.strip("()")
            service = name.replace("_", "-")
            lines.append(json.dumps({"Service": service, "State": state, "Health": health, "ExitCode": code}))
        self.says("ps", "".join(f"{line}\n" for line in lines))

    @property
    def calls(self) -> list[list[str]]:
        """All words of each call."""
        files = sorted((self._folder / "calls").iterdir())
        return [file.read_text().split("\0")[:-1] for file in files]

    @property
    def commands(self) -> list[str]:
        """The subcommand and its arguments of each call, but `ps`."""
        found = [" ".join(call[call.index("plain") + 1 :]) for call in self.calls]
        return [command for command in found if not command.startswith("ps ")]

    @property
    def environment(self) -> dict[str, str]:
        """Of the last call."""
        pairs = (self._folder / "environment").read_text().split("\0")[:-1]
        return dict(pair.split("=", 1) for pair in pairs)
