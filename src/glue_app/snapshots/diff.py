"""What differs between two snapshots, or a snapshot and the running stack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Inventory = Mapping[str, Mapping[str, str]]
TERRAFORM = "terraform resource"


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same. `change`: `+` added, `~` changed, `-` removed."""

    kind: str
    id: str
    change: str


def differences(before: Inventory, after: Inventory) -> list[Difference]:
    """Return them sorted by kind and id; none when both hold the same."""
    found = []
    for kind in sorted({*before, *after}):
        old, new = before.get(kind, {}), after.get(kind, {})
        for name in sorted({*old, *new}):
            if name not in old:
                found.append(Difference(kind, name, "+"))
            elif name not in new:
                found.append(Difference(kind, name, "-"))
            elif old[name] != new[name]:
                found.append(Difference(kind, name, "~"))
    return found


def of_terraform(state: Path) -> dict[str, str]:
    """Return address → digest of the attributes, for each resource of a terraform.tfstate, if any."""
    try:
        resources = json.loads(state.read_text(encoding="utf-8"))["resources"]
    except (OSError, ValueError, KeyError):
        return {}
    found = {}
    for resource in resources:
        if resource.get("mode") != "managed":
            continue
        for instance in resource["instances"]:
            found[_address(resource, instance)] = _digest(instance.get("attributes"))
    return found


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    name = ".".join(filter(None, [resource.get("module"), resource["type"], resource["name"]]))
    return f"{name}[{json.dumps(instance['index_key'])}]" if "index_key" in instance else name


def _digest(attributes: Any) -> str:
    return hashlib.sha256(json.dumps(attributes, sort_keys=True).encode()).hexdigest()[:16]
