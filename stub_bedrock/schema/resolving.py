"""A subschema without its indirections: `$ref`, `allOf`, `anyOf`, `oneOf`, lists of types."""

from typing import Any

from stub_bedrock.budget import Budget

Schema = dict[str, Any]
_MOST_STEPS = 32  # of $ref to $ref


class Resolver:
    """Resolves subschemas of one root schema. Only local references (`#/…`) exist for a tool."""

    def __init__(self, root: Schema, budget: Budget) -> None:
        self.root = root
        self._budget = budget
        self._depth = 0
        self._resolved: dict[int, tuple[Schema, Schema]] = {}  # by identity, the subschema kept alive

    def resolve(self, schema: object) -> Schema:
        """Return the subschema as one flat object: references followed, `allOf` merged, a choice made.

        `anyOf` and `oneOf` of constants become an `enum`, their texts its description; of other choices the
        first that is not null is taken.
        """
        if not isinstance(schema, dict):
            return {}
        if id(schema) not in self._resolved:
            self._depth += 1  # a subschema that names itself in allOf or anyOf never ends
            self._budget.node(self._depth)
            self._resolved[id(schema)] = (schema, self._flatten(schema))
            self._depth -= 1
        return self._resolved[id(schema)][1]

    def _flatten(self, schema: Schema) -> Schema:
        flat = self._follow(schema)
        for part in flat.pop("allOf", ()):
            flat = _merge(flat, self.resolve(part))
        for key in ("oneOf", "anyOf"):
            options = flat.pop(key, None)
            if options:
                flat = _merge(flat, self._choose(options))
        types = flat.get("type")
        if isinstance(types, list):
            flat["type"] = next((one for one in types if one != "null"), "null")
        return flat

    def _follow(self, schema: Schema) -> Schema:
        flat = dict(schema)
        for _ in range(_MOST_STEPS):
            reference = flat.pop("$ref", None)
            if not isinstance(reference, str):
                return flat
            flat = _merge(self._target(reference), flat)
        return flat

    def _target(self, reference: str) -> Schema:
        node: Any = self.root
        for part in reference.lstrip("#").strip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if key:
                node = node.get(key) if isinstance(node, dict) else None
        return dict(node) if isinstance(node, dict) else {}

    def _choose(self, options: list[Any]) -> Schema:
        resolved = [self.resolve(option) for option in options]
        constants = [option for option in resolved if "const" in option]
        if constants and len(constants) == len(resolved):
            texts = [
                f"{one['const']}: {one.get('description') or one.get('title') or ''}" for one in constants
            ]
            return {"enum": [one["const"] for one in constants], "description": "\n".join(texts)}
        return next((option for option in resolved if option.get("type") != "null"), {"type": "null"})


def _merge(first: Schema, second: Schema) -> Schema:
    """Both schemas' demands in one; where they name the same keyword the second's stands."""
    merged = {**first, **second}
    for key in ("properties", "$defs", "definitions"):
        if key in first and key in second:
            merged[key] = {**first[key], **second[key]}
    if "required" in first and "required" in second:
        merged["required"] = list(dict.fromkeys([*first["required"], *second["required"]]))
    if "description" in first and "description" in second:
        merged["description"] = f"{first['description']}\n{second['description']}"
    return merged
