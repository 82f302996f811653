"""DB parameter groups.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from glue_app.emulator.service.scope import Scope

from ..engine import parameters, versions
from ..exceptions import (
    DBParameterGroupAlreadyExists,
    DBParameterGroupNotFound,
    InvalidDBParameterGroupState,
    InvalidParameterCombination,
    InvalidParameterValue,
)
from ..models import DBParameterGroup, ParameterSetting, RdsStore, Tags
from . import validation


def create(store: RdsStore, scope: Scope, request: Mapping[str, Any], tags: Tags) -> DBParameterGroup:
    """Make a group. Raises the AWS errors of a wrong or taken name, and of an unknown family."""
    name = validation.group_name(request["DBParameterGroupName"], "DBParameterGroupName")
    family = request["DBParameterGroupFamily"]
    versions.require_family(family)
    if name in store.parameter_groups or name.startswith("default."):
        raise DBParameterGroupAlreadyExists(name)
    group = DBParameterGroup(name, family, request["Description"], scope.arn("rds", f"pg:{name}"), tags=tags)
    store.parameter_groups[name] = group
    return group


def get(store: RdsStore, scope: Scope, name: str) -> DBParameterGroup:
    """Find a group, AWS's own `default.postgres15` and its like included; change nothing (`keep` does).

    Raises DBParameterGroupNotFound.
    """
    key = name.lower()
    if key in store.parameter_groups:
        return store.parameter_groups[key]
    family = key.removeprefix("default.")
    if family == key or family not in {versions.family_of(version) for version in versions.versions()}:
        raise DBParameterGroupNotFound(name)
    description = f"Default parameter group for {family}"
    return DBParameterGroup(key, family, description, scope.arn("rds", f"pg:{key}"))


def keep(store: RdsStore, group: DBParameterGroup) -> None:
    """From now on the account has it: a default group is made with the first that uses it."""
    store.parameter_groups.setdefault(group.name, group)


def for_instance(store: RdsStore, scope: Scope, name: str | None, version: str) -> DBParameterGroup:
    """Find the group an instance of this version names, else the default.

    Raises InvalidParameterCombination.
    """
    family = versions.family_of(version)
    group = get(store, scope, name or versions.default_parameter_group(family))
    if group.family != family:
        raise InvalidParameterCombination(
            f"The Parameter Group {group.name} with DBParameterGroupFamily {group.family} cannot be used for "
            f"this instance. Please use a Parameter Group with DBParameterGroupFamily {family}"
        )
    return group


def set_values(group: DBParameterGroup, binaries: Path, changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Set parameters; all are checked before the first is kept. Returns the names that count at once.

    Raises InvalidDBParameterGroupState for a default group, and the errors of `parameters.checked`.
    """
    _require_own(group)
    checked: dict[str, ParameterSetting] = {}
    for change in changes:
        name = _canonical(group, binaries, change)
        value, method = change.get("ParameterValue") or "", change.get("ApplyMethod") or "pending-reboot"
        checked[name] = parameters.checked(binaries, group.family, name, value, method)
    group.parameters.update(checked)
    return [name for name, setting in checked.items() if setting.apply_method == "immediate"]


def reset_values(
    group: DBParameterGroup, binaries: Path, names: Iterable[Mapping[str, Any]], everything: bool
) -> list[str]:
    """Back to the engine's defaults. Returns the names that count at once.

    Raises InvalidDBParameterGroupState for a default group, InvalidParameterValue for an unknown name,
    InvalidParameterCombination for `immediate` with a static parameter that is named.
    """
    _require_own(group)
    if everything:
        changed = dict.fromkeys(group.parameters, "immediate")
    else:
        changed = {
            _canonical(group, binaries, one): one.get("ApplyMethod") or "pending-reboot" for one in names
        }
    known = parameters.catalog(binaries, group.family)
    for name in changed:
        if name.lower() not in known and name not in group.parameters:
            raise InvalidParameterValue(f"Could not find parameter with name: {name}")
        static = name.lower() in known and known[name.lower()].static
        if static and changed[name] == "immediate" and not everything:
            raise InvalidParameterCombination("cannot use immediate apply method for static parameter")
    for name in changed:
        group.parameters.pop(name, None)
    return [
        name
        for name, method in changed.items()
        if method == "immediate" and not (name.lower() in known and known[name.lower()].static)
    ]


def delete(store: RdsStore, scope: Scope, name: str) -> None:
    """Delete a group. Raises DBParameterGroupNotFound, InvalidDBParameterGroupState."""
    group = get(store, scope, name)
    _require_own(group)
    if any(instance.parameter_group == group.name for instance in store.instances.values()):
        raise InvalidDBParameterGroupState.in_use(group.name)
    del store.parameter_groups[group.name]


def describe_parameters(group: DBParameterGroup, binaries: Path, source: str | None) -> list[dict[str, Any]]:
    """List the `Parameters` of DescribeDBParameters; source: user, system or engine-default, None for all."""
    known = parameters.catalog(binaries, group.family)
    shapes = []
    for parameter in known.values():
        if parameter.name not in group.parameters:
            shapes.append(parameter_shape(parameter, None))
    for name, setting in group.parameters.items():
        unknown = parameters.Parameter(name, "string", "dynamic", "")
        shapes.append(parameter_shape(known.get(name.lower(), unknown), setting))
    return [one for one in sorted(shapes, key=_by_name) if source in (None, one["Source"])]


def parameter_shape(parameter: parameters.Parameter, setting: ParameterSetting | None) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html"""
    own_default = "system" if parameter.name.startswith("rds.") else "engine-default"
    shape = {
        "ParameterName": parameter.name,
        "ParameterValue": setting.value if setting else parameter.default,
        "Description": parameter.description,
        "Source": "user" if setting else own_default,
        "ApplyType": parameter.apply_type,
        "DataType": parameter.data_type,
        "AllowedValues": parameter.allowed_values,
        "IsModifiable": parameter.modifiable,
        "ApplyMethod": setting.apply_method if setting else "pending-reboot",
    }
    return {name: value for name, value in shape.items() if value is not None}


def _by_name(shape: Mapping[str, Any]) -> str:
    return str(shape["ParameterName"]).lower()


def _canonical(group: DBParameterGroup, binaries: Path, asked: Mapping[str, Any]) -> str:
    """Return a parameter's name as the engine writes it (`TimeZone`), whatever case it was asked in.

    Raises InvalidParameterValue where the request names none: AWS's model does not require it.
    """
    name: str | None = asked.get("ParameterName")
    if not name:
        raise InvalidParameterValue("The parameter ParameterName must be provided and must not be blank.")
    known = parameters.catalog(binaries, group.family).get(name.lower())
    return known.name if known else name


def _require_own(group: DBParameterGroup) -> None:
    if group.name.startswith("default."):
        raise InvalidDBParameterGroupState(
            f"Default parameter group {group.name} cannot be changed or deleted"
        )
