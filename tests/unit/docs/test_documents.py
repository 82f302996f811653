"""What the documents say must be there: files, headings, commands, settings, contract fields."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import typer

from glue_app.cli.app import app
from glue_app.variables import VARIABLES
from pipeline import reasons
from pipeline.contract import schema
from pipeline.contract.loader import load_contract
from scripts import bi_docs
from scripts.suites.table import SUITES
from stub_bedrock.settings import Faults

ROOT = Path(__file__).resolve().parents[3]
READMES = (ROOT / "README.md", ROOT / "README.ja.md")
GUIDES = ROOT / "docs"
JAPANESE = GUIDES / "ja"
DATASETS = ROOT / "docs" / "datasets.md"
_MADE = ("glue/dist", "infra/backend_override.tf", "infra/localstack_providers_override.tf")  # while working
_NOT_OURS = {".git", ".tools", ".state", ".venv", ".terraform", "node_modules", "dist"}


def _documents() -> list[Path]:
    found = ROOT.rglob("*.md")
    return sorted(path for path in found if not _NOT_OURS & set(path.relative_to(ROOT).parts))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _prose(text: str) -> str:
    """Without fenced code and code spans, where a bracket is no link."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL))


def _slugs(text: str) -> set[str]:
    """The anchors GitHub gives to headings."""
    headings = re.findall(r"^#+ +(.+?) *$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)


def _commands(text: str) -> list[str]:
    """The lines of every sh block, comments and blanks left out."""
    lines = (
        re.sub(r"\s+#.*", "", line).strip() for block in _fences(text, "sh") for line in block.splitlines()
    )
    return [line for line in lines if line]


def _make_targets(text: str) -> set[str]:
    """Targets in code spans and sh blocks: `make up EDGE_PORT=4570` names up."""
    code = [*re.findall(r"`([^`\n]+)`", _prose_with_spans(text)), *_commands(text)]
    return {target for line in code for target in re.findall(r"(?:^|&& )make ([a-z][a-z0-9-]*)", line)}


def _prose_with_spans(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def _public_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*):.*?## ", _text(ROOT / "Makefile"), flags=re.MULTILINE))


def _directory_map() -> list[str]:
    """The paths of CONTRIBUTING's block that lists the repository's folders: it starts with the Makefile."""
    blocks = _fences(_text(ROOT / "CONTRIBUTING.md"), "text")
    return [line.split()[0] for line in next(b for b in blocks if b.startswith("Makefile")).splitlines()]


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_resolve(document: Path) -> None:
    """Every link and picture of a Markdown file leads to a file that exists, and to a heading in it."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(_text(document))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists():
            broken.append(f"{target}: no such file")
        elif anchor and anchor not in _slugs(_text(path)):
            broken.append(f"{target}: no such heading")
    assert not broken


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_mentioned_exists(document: Path) -> None:
    """A document never tells to run a target that the Makefile lacks."""
    assert _make_targets(_text(document)) <= _public_targets()


def _code(document: Path) -> list[str]:
    """The code spans and the lines of the sh blocks."""
    text = _text(document)
    return [*re.findall(r"`([^`\n]+)`", _prose_with_spans(text)), *_commands(text)]


def _paths(document: Path) -> list[str]:
    """The code spans that are paths of this repository: from its root or, wrongly, from a room's."""
    rooms = {path.name for path in (ROOT / "src" / "glue_app").iterdir() if path.is_dir()}
    first = rooms | {path.name for path in ROOT.iterdir() if path.name not in _NOT_OURS}
    spans = re.findall(r"`([\w.<>*-]+/[\w./<>*-]*)`", _prose_with_spans(_text(document)))
    return [span for span in spans if span.split("/")[0] in first and not span.startswith(_MADE)]


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_is_mentioned_exists(document: Path) -> None:
    """`glue/pipeline/` and the like, from the root; of `glue/datasets/<name>.yaml` the folder."""
    known = [re.split(r"[^/]*[<*]", path)[0] for path in _paths(document)]
    beside = document.parent
    assert [path for path in known if not ((ROOT / path).exists() or (beside / path).exists())] == []


def _console_commands() -> dict[str, set[str]]:
    """The commands of `glue-app` with their options."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    return {name: {o for p in command.params for o in p.opts} for name, command in group.commands.items()}


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_console_command_that_is_mentioned_exists(document: Path) -> None:
    """`glue-app run --csv x` names a command of glue-app, and an option of that command."""
    known = _console_commands()
    for name, rest in re.findall(
        r"(?:^|&& |\d )glue-app ([a-z][a-z0-9-]*)(.*)", "\n".join(_code(document)), re.M
    ):
        assert name in known
        assert set(re.findall(r"--[a-z-]+", rest.split("&&")[0])) <= known[name] | {"--help"}


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_suite_that_is_mentioned_exists(document: Path) -> None:
    """`make test SUITE=x` names a suite of scripts/suites/table.py."""
    assert {name for line in _code(document) for name in re.findall(r"SUITE=([a-z][\w-]*)", line)} <= set(
        SUITES
    )


@pytest.mark.parametrize(
    "guide", [GUIDES / "commands.md", JAPANESE / "commands.md"], ids=lambda p: p.parent.name
)
def test_every_console_command_and_every_suite_is_explained(guide: Path) -> None:
    """The guide of commands has each `glue-app X`, and each `make test SUITE=x`."""
    text = _text(guide)
    assert [name for name in _console_commands() if f"`glue-app {name}" not in text] == []
    assert [name for name in SUITES if name != "all" and f"`make test SUITE={name}`" not in text] == []


@pytest.mark.parametrize(
    "guide", [GUIDES / "commands.md", JAPANESE / "commands.md"], ids=lambda p: p.parent.name
)
def test_every_public_target_is_explained(guide: Path) -> None:
    """The guide of commands names every target that `make` prints, `help` aside, in both languages."""
    assert _public_targets() - {"help"} <= _make_targets(_text(guide))


def test_every_path_of_the_directory_map_exists() -> None:
    """The annotated map names no folder that isn't there."""
    paths = _directory_map()
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_folder_is_in_the_directory_map() -> None:
    """The map leaves no folder of the repository out."""
    mapped = {path.split("/")[0] for path in _directory_map()}
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    assert {name for name in there if not name.endswith(".egg-info")} <= mapped


@pytest.mark.parametrize("folder", ["src/glue_app", "src/glue_app/emulator"])
def test_every_room_is_in_the_directory_map(folder: str) -> None:
    """Each room of the package and of the emulator has its line."""
    rooms = {f"{path.parent.relative_to(ROOT)}/" for path in (ROOT / folder).glob("*/__init__.py")}
    assert rooms <= set(_directory_map())


@pytest.mark.parametrize(
    "thing",
    [
        "operation of Glue",
        "kind of dirt",
        "patch of LocalStack",
        "dataset",
        "provider of models",
        "IAM",
        "page",
        "setting",
        "command",
    ],
)
def test_a_newcomer_finds_where_to_add_something(thing: str) -> None:
    """CONTRIBUTING's table names the file to open, beside a test to copy; its links are tested above."""
    table = _text(ROOT / "CONTRIBUTING.md").partition("## Where do I add …?")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if thing in "".join(line.split("|")[1:2])]
    assert [row for row in rows if all("](" in cell for cell in row.split("|")[2:4])]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_a_readme_is_read_in_a_minute(readme: Path) -> None:
    """At most 150 lines; the rest is in the guides."""
    assert len(_text(readme).splitlines()) <= 150


def test_both_readmes_have_the_same_structure_and_commands() -> None:
    """The Japanese README is no other document: same blocks, same targets, same sections."""
    _same_structure(*READMES)


@pytest.mark.parametrize("guide", sorted(JAPANESE.glob("*.md")), ids=lambda path: path.name)
def test_a_guide_in_japanese_is_the_same_guide(guide: Path) -> None:
    """Same blocks, same targets, same sections as the English one."""
    _same_structure(GUIDES / guide.name, guide)


def _same_structure(one: Path, other: Path) -> None:
    english, japanese = _text(one), _text(other)
    assert _commands(english) == _commands(japanese)
    assert _make_targets(english) == _make_targets(japanese)
    assert len(re.findall(r"^##+ ", english, re.M)) == len(re.findall(r"^##+ ", japanese, re.M))


@pytest.mark.parametrize(
    "guide", [GUIDES / "settings.md", JAPANESE / "settings.md"], ids=lambda p: p.parent.name
)
def test_every_setting_is_in_the_settings_table(guide: Path) -> None:
    """Each variable that users set (glue_app/variables.py) has a row, with its default."""
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", _text(guide), re.MULTILINE))
    shown = [one for one in VARIABLES.values() if one.shown]
    assert [one.name for one in shown if one.name not in rows] == []
    valued = [one for one in shown if one.default not in ("found", "none")]
    assert [one.name for one in valued if f"`{one.default}`" not in rows[one.name]] == []


def test_every_guide_is_in_the_index() -> None:
    """docs/README.md links every guide, the README's last table every English one but the index's own."""
    index = _text(GUIDES / "README.md")
    assert [p.name for p in GUIDES.glob("*.md") if p.name != "README.md" and f"({p.name})" not in index] == []


def test_the_guide_explains_every_field_of_a_contract() -> None:
    """What the schema of a contract takes, docs/datasets.md explains."""
    guide = _text(DATASETS)
    fields = {
        field
        for part in (
            schema.CONTRACT,
            schema.SOURCE,
            schema.COLUMN,
            schema.ENRICH,
            schema.RULE,
            schema.GOLD_TABLE,
            schema.GOLD_VIEW,
        )
        for field in part["properties"]
    } | set(schema.CONTRACT["properties"]["quality"]["properties"])
    assert sorted(field for field in fields if not re.search(rf"\b{field}\b", guide)) == []


def test_the_guide_of_faults_explains_every_fault() -> None:
    """Each fault that the Bedrock stub can be told is in docs/faults.md."""
    guide = _text(GUIDES / "faults.md")
    assert [name for name in Faults.model_fields if f"`{name}`" not in guide] == []


def test_the_guide_explains_every_reason_of_the_quarantine() -> None:
    """A reason that is found in the quarantine table is found in docs/datasets.md."""
    assert sorted(reason for reason in reasons.ALL if f"`{reason}`" not in _text(DATASETS)) == []


def test_the_contract_of_the_guide_loads() -> None:
    """Who copies the first example has a contract that works."""
    shortest = _fences(_text(DATASETS), "yaml")[0]
    assert [table.name for table in load_contract(shortest, "orders.yaml").gold] == ["orders_daily"]


def test_the_guide_for_bi_lists_the_views_as_the_contracts_have_them() -> None:
    """In both languages; `make docs` writes the lists."""
    guide = _text(bi_docs.GUIDE)
    assert bi_docs.written(guide) == guide
    views = [view.name for contract in bi_docs.contracts() for view in contract.views]
    assert [name for name in views if guide.count(f"#### {name}\n") != 2] == []


def test_the_guides_example_of_a_view_fits_its_contract() -> None:
    """The example of docs/bi.md, under the shortest contract of docs/datasets.md."""
    example = next(block for block in _fences(_text(bi_docs.GUIDE), "yaml") if block.startswith("views:"))
    contract = load_contract(_fences(_text(DATASETS), "yaml")[0] + example, "orders.yaml")
    assert [view.name for view in contract.views] == ["orders_monthly"]


def test_the_index_lists_every_decision() -> None:
    """docs/adr/README.md links every record."""
    folder = ROOT / "docs" / "adr"
    index = _text(folder / "README.md")
    assert [path.name for path in folder.glob("[0-9]*.md") if f"({path.name})" not in index] == []
