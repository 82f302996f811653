"""Where a resource lives: its account and region."""

from __future__ import annotations

from typing import NamedTuple, Protocol

#: how a region's name begins → its partition; all others are in `aws`
#: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


class Request(Protocol):
    """What a request's context says of its caller; LocalStack's RequestContext does."""

    account_id: str
    region: str


class Scope(NamedTuple):
    """An account in a region."""

    account_id: str
    region: str

    @classmethod
    def of(cls, context: Request) -> Scope:
        """Return the scope that a request is for."""
        return cls(context.account_id, context.region)

    @property
    def partition(self) -> str:
        """The group of regions: `aws`, or `aws-cn` for China's."""
        begins = (name for start, name in _PARTITIONS.items() if self.region.startswith(start))
        return next(begins, "aws")

    def arn(self, service: str, resource: str) -> str:
        """Name a resource. resource: as its service writes it, `job/nightly` for Glue, `db:gold` for RDS."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"
