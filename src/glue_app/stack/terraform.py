"""Terraform against the running stack, with the state of the stack's generation."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from glue_app import package
from glue_app.bootstrap.layout import PROJECT
from glue_app.bootstrap.stamps import digest_of, write_atomically
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import ACCOUNT_ID, REGION, Settings
from glue_app.stack import diagnosis, terraform_progress
from glue_app.stack.errors import TerraformFailedError
from glue_app.stack.layout import StateLayout
from glue_app.stack.processes import MARKER
from glue_app.stack.record import StackRecord
from glue_app.stack.terraform_errors import first_error

INFRA = PROJECT / "infra"
_PARALLEL = "-parallelism=20"  # most of an apply is the provider's own waiting
_LOCK_WAIT = "-lock-timeout=600s"  # an apply whose `make` was killed may still be at work: let it end
# commands that take -state; `make env` exports it for each, so that terraform by hand uses the same state
STATE_COMMANDS = ("apply", "plan", "destroy", "refresh", "import", "output", "taint", "untaint", "console",
                  "state_list", "state_show", "state_replace_provider",
                  "state_mv", "state_rm", "state_pull", "state_push")  # fmt: skip


class Terraform:
    """The calls that the commands need. Every one raises TerraformFailedError."""

    def __init__(
        self,
        settings: Settings,
        toolchain: Toolchain,
        record: StackRecord,
        say: Callable[[str], None],
        infra: Path = INFRA,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """variables: TF_VAR_…, for this object's commands, before all others."""
        self._toolchain = toolchain
        self._layout = StateLayout(settings.state)
        self._record = record
        self._say = say
        self._infra = infra
        self._state = self._layout.terraform_state(record.generation)
        self._home = self._state.parent
        kept = diagnosis.kept_variables(self._state)
        self.env = environment(os.environ, settings, toolchain, record) | kept | dict(variables or {})

    @property
    def interrupted(self) -> bool:
        """Was an apply of this generation killed, or its `make`?"""
        return (self._home / "applying").exists()

    def is_applied(self, inputs: str) -> bool:
        """Was exactly this (a digest of what apply reads) applied to this generation?"""
        try:
            applied = (self._home / "applied").read_text(encoding="utf-8")
        except OSError:
            return False
        return applied == inputs and self._state.exists() and not self.interrupted

    def inputs(self) -> str:
        """Digest of everything an apply reads: the configuration and what it uploads."""
        folders = [self._infra, PROJECT / "glue"] if self._infra == INFRA else [self._infra]
        files = sorted(
            path
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file()
            and ".terraform" not in path.parts
            and "__pycache__" not in path.parts
            and path.suffix not in (".tfstate", ".backup", ".hcl")
        )
        others = package.wheels_of_other_versions(self._record.glue_version)
        files = [path for path in files if path.parent not in others] + own_contracts(self._layout)
        told = {k: v for k, v in self.env.items() if k.startswith("TF_VAR_")}
        # what says no more than infra/'s default does is no other input
        variables = sorted(f"{k}={v}" for k, v in told.items() if (k, v) not in diagnosis.OFF.items())
        return digest_of([*variables, *(part for file in files for part in (str(file), file))])

    def init(self) -> None:
        """Install the provider and set up the data folder, unless that was done with these inputs."""
        self._clear_leftovers()
        needs = digest_of(
            [Path(self._toolchain.terraform_rc), *sorted(self._infra.glob("*versions*.tf")), str(self._infra)]
        )
        stamp = self._layout.terraform_data / "initialised"
        lock = self._infra / ".terraform.lock.hcl"  # git-ignored: `git clean` takes it away
        if stamp.is_file() and stamp.read_text() == needs and lock.is_file():
            return
        self._home.mkdir(parents=True, exist_ok=True)
        self._run("init", "-input=false")
        write_atomically(stamp, needs)

    def apply(self) -> None:
        """init and apply, with a line of progress now and then."""
        self.init()
        inputs = self.inputs()
        self._home.mkdir(parents=True, exist_ok=True)
        (self._home / "applied").unlink(missing_ok=True)
        (self._home / "applying").touch()
        command = self._command(
            "apply", f"-state={self._state}", "-auto-approve", "-input=false", "-json", _LOCK_WAIT, _PARALLEL
        )
        log = self._layout.log("terraform")
        with (
            log.open("a", encoding="utf-8") as sink,
            log.open("r", encoding="utf-8", errors="replace") as source,
        ):
            source.seek(0, os.SEEK_END)
            # into a file, not a pipe: killed half-way, we leave a terraform that can finish its work
            child = subprocess.Popen(
                command, env=self.env, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
            )
            try:
                error = terraform_progress.follow(child, source, self._say)
            except KeyboardInterrupt:
                self._say("interrupted: terraform ends what it has begun (again Ctrl-C: leave it alone)")
                child.wait()
                raise
        if child.returncode >= 0:  # it ended by itself, having written down all it made
            (self._home / "applying").unlink()
        if child.returncode:
            raise TerraformFailedError("apply", error or f"ended with {child.returncode}", log)
        write_atomically(self._home / "applied", inputs)

    def pending_changes(self) -> str:
        """Return what an apply would change, in Terraform's words; "" when the stack is as `infra/` says."""
        done = self._run("plan", f"-state={self._state}", "-detailed-exitcode", "-input=false", fine=(0, 2))
        return done.stdout if done.returncode == 2 else ""

    def outputs(self) -> dict[str, Any]:
        """Return output name → value."""
        done = self._run("output", f"-state={self._state}", "-json")
        return {name: output["value"] for name, output in json.loads(done.stdout).items()}

    def _run(
        self, command: str, *arguments: str, fine: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. What it says goes to the log, but not the outputs: some are secret."""
        self._clear_leftovers()
        log = self._layout.log("terraform")
        done = subprocess.run(
            self._command(command, *arguments, "-no-color"),
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        with log.open("a", encoding="utf-8") as sink:
            sink.write(done.stderr if command == "output" else done.stdout + done.stderr)
        if done.returncode not in fine:
            summary = first_error(done.stderr + done.stdout) or f"ended with {done.returncode}"
            raise TerraformFailedError(command, summary, log)
        return done

    def _command(self, command: str, *arguments: str) -> list[str]:
        return [self._toolchain.terraform, f"-chdir={self._infra}", command, *arguments]

    def _clear_leftovers(self) -> None:
        """Remove the override file that a killed tflocal leaves, with that time's endpoint.

        With it there tflocal would not start again.
        """
        (self._infra / "localstack_providers_override.tf").unlink(missing_ok=True)
        self._layout.logs.mkdir(parents=True, exist_ok=True)


def environment(
    base: os._Environ[str] | dict[str, str], settings: Settings, toolchain: Toolchain, record: StackRecord
) -> dict[str, str]:
    """Return terraform's variables: the stack's endpoint and keys, nothing of the user's AWS accounts."""
    kept = {
        k: v for k, v in base.items() if not k.startswith(("AWS_", "TF_CLI_", "TF_DATA_DIR", "TF_WORKSPACE"))
    }
    return (
        kept
        | aws_environment(record.endpoint)
        | {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "TF_CLI_CONFIG_FILE": toolchain.terraform_rc,
            "TF_DATA_DIR": str(StateLayout(settings.state).terraform_data),
            "TF_IN_AUTOMATION": "1",
            MARKER: str(settings.state),
        }
        | terraform_variables(StateLayout(settings.state), record)
    )


def own_contracts(layout: StateLayout) -> list[Path]:
    """Return the contracts that the user brought, beside those of glue/datasets."""
    return sorted(layout.datasets.glob("*.yaml"))


def terraform_variables(layout: StateLayout, record: StackRecord) -> dict[str, str]:
    """TF_VAR_…: what infra/ is told: account, version of Glue, the databases' authority, what was brought."""
    contracts = own_contracts(layout)
    brought = {"TF_VAR_extra_datasets": json.dumps([str(path) for path in contracts])} if contracts else {}
    return {
        "TF_VAR_allowed_account_ids": json.dumps([ACCOUNT_ID]),
        "TF_VAR_glue_version": record.glue_version,
        "TF_VAR_gold_ca_bundle": str(layout.gold_authority),
        **brought,
    }


def aws_environment(endpoint: str) -> dict[str, str]:
    """Return what any AWS client needs to talk to the stack."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # the emulator takes any: a visibly fake one
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def region_of(outputs: Mapping[str, Any]) -> str:
    """Where `infra/` was applied: TF_VAR_region may have said another region than its default."""
    arn = str(outputs.get("state_machine_arn", "")).split(":")
    return arn[3] if len(arn) > 5 else REGION
