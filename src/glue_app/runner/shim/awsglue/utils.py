"""awsglue.utils: getResolvedOptions with the rules, and the surprises, of AWS's own.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
What the page does not say was taken from the behaviour of AWS's published awsglue (awslabs/aws-glue-libs at
182ef6e): an argument may be abbreviated (`--metadata` is taken for `metadata_location`), reserved names are
refused, TempDir is never required, and what Glue did not give is None.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

_BOOKMARK = ("job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable")
_CONTINUATION = ("continuation-enabled", "continuation-readonly", "continuation-ignore")  # its older name
_RANGE = ("job-bookmark-from", "job-bookmark-to")
# name → its choices, in the order in which AWS looks for them; JOB_NAME may be asked for
_RESERVED: dict[str, tuple[str, ...] | None] = {
    "continuation-option": _CONTINUATION,
    "job-bookmark-option": _BOOKMARK,
    **dict.fromkeys((*_RANGE, "JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION")),
    "encryption-type": ("sse-s3",),
}
_NAMED_BARE = ("continuation-option", "job-bookmark-option")  # without dashes in AWS's error
_TEMPORARY = ("RedshiftTempDir", "TempDir")  # one folder by two names


class GlueArgumentError(Exception):
    """Raised when an option the script asks for was not given, or has no value."""


class GlueArgumentParser(argparse.ArgumentParser):
    """Raise where argparse would end the program."""

    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(  # noqa: N802  (AWS's name)
    args: Sequence[str], options: Sequence[str]
) -> dict[str, str | None]:
    """Return the values of `options` in `args` (sys.argv), by name without the leading dashes.

    Takes `--name value` and `--name=value`; the last one wins; a dash in a name is an underscore in the
    answer. Arguments nobody asked for are ignored. Raise GlueArgumentError naming what is missing or
    ambiguous, RuntimeError for a reserved name or a bookmark range that does not fit.
    """
    parser = GlueArgumentParser()
    for name, choices in _RESERVED.items():
        if name in options:
            raise RuntimeError(f"Using reserved arguments {'' if name in _NAMED_BARE else '--'}{name}")
        parser.add_argument(f"--{name}", choices=choices)
    for name in _TEMPORARY:
        parser.add_argument(f"--{name}")
    for name in options:
        if name not in _TEMPORARY:
            parser.add_argument(f"--{name}", required=True)
    found: dict[str, str | None] = vars(parser.parse_known_args(list(args[1:]))[0])
    either = found["TempDir"] if found["TempDir"] is not None else found["RedshiftTempDir"]
    found.update(dict.fromkeys(_TEMPORARY, either))
    _settle_bookmark(found)
    return found


def _settle_bookmark(found: dict[str, str | None]) -> None:
    older = found.pop("continuation_option")
    if found["job_bookmark_option"] is None:
        found["job_bookmark_option"] = _BOOKMARK[_CONTINUATION.index(older)] if older else _BOOKMARK[2]
    absent = [name for name in _RANGE if found[name.replace("-", "_")] is None]
    if found["job_bookmark_option"] == "job-bookmark-pause":
        if len(absent) == 1:
            raise RuntimeError(f"Missing option or value for --{absent[0]}")
    elif not absent:
        raise RuntimeError(f"Invalid option(s){' '.join(f'--{name}' for name in _RANGE)}")
