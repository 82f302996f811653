"""awsglue.utils, as documented.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

from __future__ import annotations

from collections.abc import Sequence

_RESERVED = ("JOB_NAME", "JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption_type", "TempDir")
_BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause")


class GlueArgumentError(Exception):
    """Raised when an option the script asks for was not given."""


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:  # noqa: N802  (AWS's name)
    """The values of `options` in `args` (sys.argv), by name without the leading dashes.

    Takes `--name value` and `--name=value`; the last one wins. Arguments nobody asked for are ignored, except
    that job-bookmark-option and Glue's own reserved names are given when present. Raises GlueArgumentError
    naming the options that are missing, or one that has no value.
    """
    given = _parse(args)
    missing = [option for option in options if option not in given]
    if missing:
        raise GlueArgumentError(
            f"the following arguments are required: {', '.join('--' + option for option in missing)}"
        )
    resolved = {name: given[name] for name in _RESERVED if name in given}
    resolved["job_bookmark_option"] = given.get("job-bookmark-option", "job-bookmark-disable")
    if resolved["job_bookmark_option"] not in _BOOKMARK_OPTIONS:
        raise GlueArgumentError(
            f"argument --job-bookmark-option: invalid choice: {given['job-bookmark-option']!r}"
        )
    return resolved | {option.replace("-", "_"): given[option] for option in options}


def _parse(args: Sequence[str]) -> dict[str, str]:
    """Pairs of sys.argv; a value may itself start with dashes (as that of --conf may contain them)."""
    given: dict[str, str] = {}
    words = iter(args[1:])
    for word in words:
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals:
            value = next(words, "")
        given[name] = value
    return given
