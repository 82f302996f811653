"""Errors of the Gold load. Whichever is raised, Gold is as it was before the load."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import PipelineError


class GoldError(PipelineError):
    """Base of the load's errors."""


class GoldUnavailableError(GoldError):
    """The database did not take the load before the deadline."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"Gold at {address}: {' '.join(why.split())}. Gold is unchanged; run the gold step again. "
            "If it goes on: is the instance available, and does its security group let the job in?"
        )
        self.address = address


class GoldCertificateError(GoldError):
    """The server's certificate is not of an authority of the bundle, or not for this host."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"Gold at {address}: {' '.join(why.split())}. Put AWS's current bundle into"
            " glue/certificates/rds-bundle.pem (its README has the command) and apply"
        )
        self.address = address


class GoldCredentialsError(GoldError):
    """The master secret can't be read, or the database does not accept what it says."""

    def __init__(self, secret_arn: str, why: str) -> None:
        super().__init__(f"secret {secret_arn}: {' '.join(why.split())}")
        self.secret_arn = secret_arn


class GoldSqlError(GoldError):
    """The SQL of a Gold table does not run over Silver, or its result lacks a key column."""

    def __init__(self, table: str, why: str) -> None:
        super().__init__(f"Gold table {table}: {' '.join(why.split())}")
        self.table = table


class GoldTypeError(GoldError):
    """A result column has a type that no column of a Gold table takes."""

    def __init__(self, table: str, column: str, kind: str) -> None:
        super().__init__(
            f"Gold table {table}: column {column} has type {kind}, which Gold does not take; cast it"
        )
        self.table = table
        self.column = column


class GoldKeyError(GoldError):
    """Rows of a Gold table share a key, or a key column is null."""

    def __init__(self, table: str, key: Sequence[str], why: str) -> None:
        super().__init__(
            f"Gold table {table}: key ({', '.join(key)}): {why}. Correct the table's SQL or its key"
        )
        self.table = table
        self.key = tuple(key)


class GoldSchemaError(GoldError):
    """The table in the database does not fit the contract, and no migration would make it fit."""

    def __init__(self, table: str, why: str, advice: str) -> None:
        super().__init__(f"Gold table {table}: {why}. {advice}")
        self.table = table


class GoldDependentError(GoldError):
    """Something that is not the contract's uses what has to be made anew. Nothing is dropped by CASCADE."""

    def __init__(self, what: str, dependents: str) -> None:
        listed = "; ".join(dependents.splitlines())
        super().__init__(
            f"{what}, but {listed}. Drop that by hand, run the gold step again, and make it anew afterwards"
        )
        self.dependents = dependents


class GoldOwnerError(GoldError):
    """A relation of that name exists and is not this dataset's: to load it would destroy the other's."""

    def __init__(self, kind: str, name: str, owner: str | None) -> None:
        whose = f"belongs to dataset {owner}" if owner else "was not made by this pipeline"
        super().__init__(f"Gold {kind} {name} exists and {whose}; rename the {kind} in the contract")
        self.name = name
        self.owner = owner


class GoldViewError(GoldError):
    """The SQL of a view does not run over the Gold tables, or reads what is not the contract's."""

    def __init__(self, dataset: str, view: str, why: str) -> None:
        super().__init__(f"view {view} of dataset {dataset}: {' '.join(why.split())}")
        self.view = view


class GoldIncompleteError(GoldError):
    """The database took another number of rows than Spark computed: the load is rolled back."""

    def __init__(self, table: str, computed: int, taken: int) -> None:
        super().__init__(f"Gold table {table}: {computed} rows computed, {taken} taken by COPY; rolled back")
        self.table = table
