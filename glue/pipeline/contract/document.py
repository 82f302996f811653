"""YAML with line numbers: plain Python data, and for each path in it the line where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from pipeline.contract.errors import ContractError, Problem

Path = tuple[str | int, ...]
_MAX_DEPTH = 40


@dataclass
class Document:
    """``data`` is what the YAML says; ``lines`` knows the line of every mapping key and list item."""

    source: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of ``path``, or of the nearest thing around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, message: str) -> Problem:
        return Problem(self.line(path), field_name(path), message)


def field_name(path: Path) -> str:
    """``("columns", 2, "type")`` → ``columns[2].type``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def parse(text: str, source: str) -> Document:
    """Read one YAML document; ContractError on a syntax error, a duplicate key or a merge key."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ContractError(
            source, [Problem(line, "", f"not YAML: {error.problem or error.context}")]
        ) from None
    except yaml.YAMLError as error:  # a character YAML forbids
        raise ContractError(source, [Problem(1, "", f"not YAML: {' '.join(str(error).split())}")]) from None
    if node is None:
        raise ContractError(source, [Problem(1, "", "the file is empty: a contract needs at least columns")])
    document = Document(source)
    problems: list[Problem] = []
    document.data = _build(node, (), document, problems)
    if problems:
        raise ContractError(source, problems)
    return document


def _build(node: yaml.Node, path: Path, document: Document, problems: list[Problem]) -> Any:
    line = node.start_mark.line + 1
    document.lines.setdefault(path, line)
    if len(path) > _MAX_DEPTH:
        problems.append(Problem(line, "", "nested too deeply (does an alias contain itself?)"))
        return None
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), document, problems) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                problems.append(Problem(key_line, field_name(path), "a key must be plain text"))
                continue
            key = str(key_node.value)
            if key in mapping:
                problems.append(Problem(key_line, field_name((*path, key)), "stands twice: remove one"))
            document.lines[(*path, key)] = key_line
            mapping[key] = _build(value_node, (*path, key), document, problems)
        return mapping
    try:
        # SafeConstructor knows the YAML types of plain scalars: numbers, booleans, null, dates
        constructor: Any = yaml.constructor.SafeConstructor()
        return constructor.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        problems.append(Problem(line, field_name(path), f"cannot be read: {' '.join(str(error).split())}"))
        return None
