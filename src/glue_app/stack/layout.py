"""Where things lie in the state folder (`.state`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StateLayout:
    """The folders and files of one stack."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "run" / "lock"

    @property
    def record(self) -> Path:
        return self.root / "run" / "stack.json"

    @property
    def port(self) -> Path:
        """The port of the stack that is kept here: what it keeps holds URLs of it."""
        return self.root / "run" / "port"

    @property
    def journal(self) -> Path:
        """There while one stack takes another's place (exchange.py)."""
        return self.root / "run" / "exchange.json"

    @property
    def replaced(self) -> Path:
        """What was set aside for that."""
        return self.root / "replaced"

    @property
    def left_behind(self) -> Path:
        """Saves that no stack could be brought back from."""
        return self.root / "left-behind"

    @property
    def token(self) -> Path:
        return self.root / "run" / "runner.token"

    @property
    def env_file(self) -> Path:
        return self.root / "env.sh"

    @property
    def env_off_file(self) -> Path:
        return self.root / "env-off.sh"

    @property
    def bin(self) -> Path:
        """First on PATH by env.sh."""
        return self.root / "bin"

    @property
    def aws(self) -> Path:
        """AWS's configuration and credentials files, as env.sh names them."""
        return self.root / "aws"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    @property
    def glue(self) -> Path:
        """The runner's home: one folder a job run under `runs/`."""
        return self.root / "glue"

    @property
    def rds(self) -> Path:
        return self.root / "rds"

    @property
    def datasets(self) -> Path:
        """The user's own contracts, copied here by `make run DATASET=x.yaml`; they outlive it."""
        return self.root / "datasets"

    @property
    def gold_authority(self) -> Path:
        """What verifies the databases of the stack that runs, or ran last (gold_authority.py)."""
        return self.root / "gold-authority.pem"

    @property
    def terraform_data(self) -> Path:
        return self.root / "terraform" / "data"

    def terraform(self, generation: str) -> Path:
        """Return the folder of a generation's Terraform state and what belongs to it."""
        return self.root / "terraform" / generation

    def terraform_state(self, generation: str) -> Path:
        return self.terraform(generation) / "terraform.tfstate"

    @property
    def saves(self) -> Path:
        """What the emulator saved of itself, a folder a save (glue_app/emulator/state/saves.py)."""
        return self.root / "saves"

    @property
    def s3(self) -> Path:
        """The data of S3 objects."""
        return self.root / "s3"

    def kept(self) -> list[Path]:
        """Return what a stack is brought back from."""
        return [self.saves, self.s3, self.rds, *self._terraform_states()]

    def _terraform_states(self) -> list[Path]:
        """Those of the embedded engine: the other one's bear its name."""
        found = (self.root / "terraform").glob("*")
        return [p for p in found if p != self.terraform_data and not p.name.startswith("docker-")]

    def of_a_life(self) -> list[Path]:
        """Return what ends with the emulator's processes."""
        return [self.glue / "warm", self.root / "localstack", self.root / "cache", self.token]

    def of_a_generation(self) -> list[Path]:
        """Return what ends with the stack's resources: `make up` begins anew without it."""
        return [*self.kept(), self.glue, self.port, *self.of_a_life()]
