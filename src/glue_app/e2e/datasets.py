"""Which contract a run uses: one of `glue/datasets/`, or a YAML file of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glue_app.bootstrap.layout import PROJECT, ROOT
from glue_app.bootstrap.stamps import write_atomically
from glue_app.e2e.errors import InputError
from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract

BUNDLED = PROJECT / "glue" / "datasets"
DEFAULT_DATASET = "customer_feedback"


@dataclass(frozen=True)
class Dataset:
    """A contract and the file it stands in."""

    contract: Contract
    path: Path

    @property
    def name(self) -> str:
        return self.contract.name

    def bring(self, own: Path) -> bool:
        """Copy a contract of the user's own into `own`; True when Terraform has something to apply now."""
        if self.path.parent == BUNDLED:
            return False
        copy = own / f"{self.name}.yaml"
        text = self.path.read_bytes()
        if copy.is_file() and copy.read_bytes() == text:
            return False
        own.mkdir(parents=True, exist_ok=True)
        write_atomically(copy, text.decode("utf-8"))
        return True


def resolve(name_or_yaml: str | None, own: Path) -> Dataset:
    """Return the dataset that DATASET= names. Raise InputError that lists what there is.

    own: the folder of the contracts that were brought before. They are applied in the place of a bundled one
    of the same name, so a name means them first.
    """
    wanted = name_or_yaml or DEFAULT_DATASET
    known = {file.stem: file for folder in (BUNDLED, own) for file in sorted(folder.glob("*.yaml"))}
    path = known.get(wanted)
    if wanted.endswith((".yaml", ".yml")):
        path = Path(wanted).expanduser().resolve()
    if path is None or not path.is_file():
        raise InputError(f"no dataset {wanted!r}: give a YAML file, or one of {', '.join(sorted(known))}")
    try:
        return Dataset(load_contract(path.read_text(encoding="utf-8"), str(path)), path)
    except ContractError as error:
        raise InputError(str(error)) from error


def csv_for(dataset: Dataset, csv: str | None) -> Path:
    """Return the CSV that CSV= names, else the dataset's sample in `data/`.

    A name `data/…` means one of our samples where the current folder has no such file.
    """
    named = Path(csv or f"data/{dataset.name}.csv").expanduser()
    samples = [folder / named for folder in (PROJECT, ROOT)] if named.parts[:1] == ("data",) else []
    path = next((place for place in ([named] if csv else []) + samples if place.is_file()), named)
    if not path.is_file():
        hint = "" if csv else " (no sample is shipped for this dataset: pass CSV=path)"
        raise InputError(f"no file {path}{hint}")
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path} does not end in .csv: EventBridge would not start the pipeline for it")
    return path
