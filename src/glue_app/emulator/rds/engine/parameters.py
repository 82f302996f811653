"""DB parameters: those the PostgreSQL server has, told by itself, and RDS's own.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..exceptions import InvalidParameterCombination, InvalidParameterValue
from ..models import ParameterSetting
from ..postgres.host import postgres_host

FORCE_SSL = "rds.force_ssl"

#: parameters RDS sets itself: they lead out of the instance or past its security
_NOT_MODIFIABLE = re.compile(
    r"(listen_addresses|port|data_directory|config_file|hba_file|ident_file|external_pid_file|ssl|ssl_.*_file"
    r"|ssl_library|wal_level|unix_socket_.*|bonjour.*|archive_.*|restore_command|primary_conninfo|primary_slot_name"
    r"|recovery_.*|fsync|full_page_writes|allow_system_table_mods|log_directory|log_file_mode"
    r"|logging_collector|cluster_name|password_encryption|event_source|syslog_.*|krb_server_keyfile"
    r"|dynamic_library_path|local_preload_libraries|max_wal_senders_reserved|wal_level|hot_standby"
    r"|synchronous_standby_names|ssl_passphrase_command.*|promote_trigger_file|jit_provider)"
)
#: each names libraries of the server's own folder; a path would be one of anybody's
_LIBRARIES = ("shared_preload_libraries", "session_preload_libraries")
_LIBRARY_NAMES = re.compile(r"(\w+(, *\w+)*)?", re.ASCII)
#: what postgresql.conf and a program's arguments can't carry
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_EXTENSION_PARAMETER = re.compile(r"\w+\.\w+", re.ASCII)
_RANGE = re.compile(r"(\d+)-(\d+)")
#: a value AWS computes from the instance class, such as {DBInstanceClassMemory/32768}
_FORMULA = re.compile(r".*\{.*\}.*|(GREATEST|LEAST|SUM)\(.*\)")
#: extensions whose parameters exist only while their library is loaded
_EXTENSIONS = ("pg_stat_statements.", "auto_explain.", "pgaudit.", "pg_hint_plan.", "cron.", "plpgsql.")


@dataclass(frozen=True)
class Parameter:
    """A parameter as DescribeDBParameters tells of it. apply_type: `static` (needs a reboot) or `dynamic`."""

    name: str
    data_type: str
    apply_type: str
    description: str
    default: str | None = None
    allowed_values: str | None = None
    modifiable: bool = True

    @property
    def static(self) -> bool:
        return self.apply_type == "static"


def catalog(binaries: Path, family: str) -> dict[str, Parameter]:
    """All parameters of a family, by name in lower case."""
    force_ssl = "1" if int(family.removeprefix("postgres")) >= 15 else "0"
    return _engine_parameters(binaries) | _rds_parameters(force_ssl)


def checked(binaries: Path, family: str, name: str, value: str, apply_method: str) -> ParameterSetting:
    """Check a parameter's new setting and return it.

    Raises InvalidParameterValue for an unknown name or a value PostgreSQL refuses,
    InvalidParameterCombination for `immediate` with a static parameter.
    """
    known = catalog(binaries, family).get(name.lower())
    if known is None:
        if name.lower().startswith(_EXTENSIONS) and _EXTENSION_PARAMETER.fullmatch(name):
            _require_writable(name, value)
            return ParameterSetting(value, apply_method)
        raise InvalidParameterValue(f"Could not find parameter with name: {name}")
    if not known.modifiable:
        raise InvalidParameterValue(f"The parameter {known.name} cannot be modified.")
    if apply_method == "immediate" and known.static:
        raise InvalidParameterCombination("cannot use immediate apply method for static parameter")
    _require_writable(known.name, value)
    if not _FORMULA.fullmatch(value):
        _check_value(binaries, known, value)
    return ParameterSetting(value, apply_method)


def force_ssl(values: Mapping[str, str], family: str, binaries: Path) -> bool:
    """Tell whether an instance with these values refuses connections without TLS."""
    return values.get(FORCE_SSL, catalog(binaries, family)[FORCE_SSL].default) == "1"


def server_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return what of a group goes into postgresql.conf: all but what AWS computes from the instance class."""
    return {name: value for name, value in values.items() if not _FORMULA.fullmatch(value)}


def _require_writable(name: str, value: str) -> None:
    if _UNWRITABLE.search(value):
        raise InvalidParameterValue(
            f"Invalid parameter value: {value!r} for: {name} "
            "allowed values are: text without control characters"
        )


def _check_value(binaries: Path, parameter: Parameter, value: str) -> None:
    """PostgreSQL itself judges; RDS takes 0 and 1 only for a boolean."""
    if parameter.allowed_values == "0,1":
        accepted, allowed = value in ("0", "1"), "0,1"
    elif parameter.name in _LIBRARIES:
        accepted, allowed = bool(_LIBRARY_NAMES.fullmatch(value)), "names of libraries, separated by commas"
    elif parameter.name.startswith("rds."):
        span = _RANGE.fullmatch(parameter.allowed_values or "")
        accepted = not span or (value.isdecimal() and int(span[1]) <= int(value) <= int(span[2]))
        allowed = ""
    else:
        accepted, allowed = _ask_postgres(binaries, parameter.name, value)
    if not accepted:
        raise InvalidParameterValue(
            f"Invalid parameter value: {value} for: {parameter.name} allowed values are: "
            f"{parameter.allowed_values or allowed}"
        )


def _ask_postgres(binaries: Path, name: str, value: str) -> tuple[bool, str]:
    """Tell whether PostgreSQL takes the value, and its hint where not."""
    result = postgres_host().run(
        [binaries / "postgres", "-C", name, "-c", f"{name}={value}", "--config-file=/dev/null", "-D", "/"],
        capture_output=True,
        check=False,
    )
    if result.returncode == 0:
        return True, ""
    hint = re.search(r"Available values: (.*?)\.?$", result.stderr, re.MULTILINE)
    return False, hint[1].replace(", ", ",") if hint else "see the PostgreSQL documentation"


@functools.cache
def _engine_parameters(binaries: Path) -> dict[str, Parameter]:
    """Parse `postgres --describe-config`: name, context, group, type, default, min, max, text."""
    result = postgres_host().run(
        [binaries / "postgres", "--describe-config"], capture_output=True, check=True
    )
    parameters = {}
    for line in result.stdout.splitlines():
        fields = line.split("\t")
        if len(fields) < 8 or fields[1] == "internal":
            continue
        name, context, _group, kind, default, smallest, largest, text = fields[:8]
        boolean = kind == "BOOLEAN"
        parameters[name.lower()] = Parameter(
            name=name,
            data_type="float" if kind == "REAL" else "boolean" if boolean else kind.lower(),
            apply_type="static" if context == "postmaster" else "dynamic",
            description=text,
            default={"TRUE": "1", "FALSE": "0"}.get(default, default) or None,
            allowed_values="0,1" if boolean else f"{smallest}-{largest}" if smallest else None,
            modifiable=not _NOT_MODIFIABLE.fullmatch(name),
        )
    return parameters


@functools.cache
def _rds_parameters(force_ssl_default: str) -> dict[str, Parameter]:
    def boolean(name: str, apply_type: str, default: str, text: str) -> Parameter:
        return Parameter(name, "boolean", apply_type, text, default, "0,1")

    own = (
        boolean(FORCE_SSL, "dynamic", force_ssl_default, "Force SSL connections."),
        boolean("rds.logical_replication", "static", "0", "Enables logical decoding."),
        boolean(
            "rds.adaptive_autovacuum", "dynamic", "1", "RDS parameter to enable/disable adaptive autovacuum."
        ),
        boolean(
            "rds.restrict_password_commands",
            "static",
            "0",
            "Restricts password-related commands to members of rds_password",
        ),
        Parameter(
            "rds.log_retention_period",
            "integer",
            "dynamic",
            "Amazon RDS will delete PostgreSQL log that are older than N minutes.",
            "4320",
            "1440-10080",
        ),
        Parameter(
            "rds.force_autovacuum_logging_level",
            "string",
            "dynamic",
            "See log messages related to autovacuum operations.",
            "warning",
        ),
        Parameter(
            "rds.accepted_password_auth_method",
            "string",
            "dynamic",
            "Force authentication for connections with password stored locally.",
            "md5+scram",
        ),
    )
    return {parameter.name: parameter for parameter in own}
