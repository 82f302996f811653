"""awsglue.utils, as documented.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

# in the answer when Glue gave them, whether the script asks or not
_RESERVED = ("JOB_NAME", "JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption_type", "TempDir")
_BOOKMARK = "job-bookmark-option"
_BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause")


class GlueArgumentError(Exception):
    """Raised when an option the script asks for was not given, or has no value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:  # noqa: N802  (AWS's name)
    """The values of `options` in `args` (sys.argv), by name without the leading dashes.

    Takes `--name value` and `--name=value`; the last one wins; a dash in a name is an underscore in the
    answer. Arguments nobody asked for are ignored. Raises GlueArgumentError naming what is missing.
    """
    parser = _Parser(allow_abbrev=False, add_help=False)
    for name in dict.fromkeys([*options, *_RESERVED]):
        parser.add_argument(f"--{name}", required=name in options)
    if _BOOKMARK not in options:
        parser.add_argument(f"--{_BOOKMARK}", choices=_BOOKMARK_OPTIONS, default="job-bookmark-disable")
    given, _ = parser.parse_known_args(list(args[1:]))
    return {name: value for name, value in vars(given).items() if value is not None}
