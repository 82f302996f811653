"""The pictures of the rooms in docs/architecture.md, drawn from the import graph. `make docs` writes them.

An arrow says "imports". Where a longer way says the same, the short one is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from glue_app.bootstrap.layout import ROOT
from scripts import import_graph
from scripts.generated_parts import with_parts
from scripts.import_graph import Import

PAGE = ROOT / "docs" / "architecture.md"
LOCALSTACK = "LocalStack"
_LOCALSTACKS = ("localstack", "moto", "rolo")

Graph = dict[str, set[str]]


def graph_of(found: Iterable[Import], rooms: Iterable[str]) -> Graph:
    """Return the imports of rooms, each room → those it imports; LocalStack and moto are one more."""
    graph: Graph = {room: set() for room in rooms}
    for one in found:
        here = import_graph.room_of(one.file, graph)
        there = import_graph.room_of(one.target_file, graph) if one.target_file else ""
        if one.library in _LOCALSTACKS:
            there = LOCALSTACK
        if here and there and here != there:
            graph[here].add(there)
    return graph


def reduced(graph: Mapping[str, set[str]]) -> Graph:
    """Return the same without the arrows that a longer way replaces; those of circles stay."""
    reach = {node: import_graph.reachable(node, graph) for node in graph}

    def leads(a: str, b: str) -> bool:
        """Tell whether there is a way from a to b and none back: not within a circle."""
        return b in reach.get(a, ()) and a not in reach.get(b, ())

    return {
        node: {
            target
            for target in targets
            if not any(leads(node, other) and leads(other, target) for other in targets)
        }
        for node, targets in graph.items()
    }


def mermaid(graph: Mapping[str, set[str]]) -> str:
    """Write a flowchart that GitHub draws; two rooms that import each other share an arrow."""
    lines = ["```mermaid", "flowchart TD"]
    names = sorted({*graph, *(target for targets in graph.values() for target in targets)})
    ids = {name: name.replace("/", "_") for name in names}
    lines += [f'    {ids[name]}["{name}"]' for name in names]
    for name in sorted(graph):
        for target in sorted(graph[name]):
            both = name in graph.get(target, ())
            if not both or name < target:
                lines.append(f"    {ids[name]} {'<-->' if both else '-->'} {ids[target]}")
    return "\n".join([*lines, "```"])


def rooms_in(place: str) -> list[str]:
    """Return the folders and modules of a folder of the package, as `import_graph.room_of` names them."""
    folder = ROOT / "src" / "glue_app" / place
    found = [path for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    names = [path.stem for path in found if not path.stem.startswith("__")]
    return sorted(f"{place}/{name}" if place else name for name in names)


def pictures() -> dict[str, str]:
    """Return the generated parts by name."""
    found = import_graph.imports()
    package = graph_of(found, rooms_in(""))
    emulator = graph_of(found, [*rooms_in("emulator"), "aws", "runner"])
    return {
        "rooms of the package": mermaid(reduced(package)),
        "rooms of the emulator": mermaid(reduced(emulator)),
    }


def written(page: str) -> str:
    """Return the page with its pictures as the code says.

    Raises ValueError when a picture's markers are missing.
    """
    return with_parts(page, {name: f"\n{picture}\n" for name, picture in pictures().items()}, PAGE.name)
