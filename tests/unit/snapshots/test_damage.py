"""However a snapshot is damaged, or made to do damage: one clear line, and the running stack is untouched."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glue_app.cli import app as program
from glue_app.emulator.state import manifest
from glue_app.settings import Settings
from glue_app.snapshots import archive, signing
from glue_app.snapshots.archive import Contents
from glue_app.snapshots.commands import SnapshotCommands
from glue_app.stack.commands import Commands

VERSIONS = {"python": "3.13"}
REQUIRE_SAVE = SnapshotCommands._require_save
Change = Callable[[dict[str, Any]], object]


class Folders:
    """A state folder, snapshots, and what `restore` did to the stack."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root.mkdir(exist_ok=True)
        self.root = root
        for name in ("STATE", "SNAPSHOTS", "TOOLS"):
            monkeypatch.setenv(f"GLUE_APP_{name}", str(root / name.lower()))
        monkeypatch.setenv("ENGINE", "embedded")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(root / "config"))
        self.replaced: list[Path] = []
        monkeypatch.setattr(Commands, "versions", lambda _: VERSIONS)
        monkeypatch.setattr(SnapshotCommands, "_require_save", lambda *_: None)  # tested by itself
        monkeypatch.setattr(Commands, "replace_by", lambda _, folder: self.replaced.append(folder))
        stack = root / "stack"
        (stack / "saves" / "00000001").mkdir(parents=True)
        (stack / "saves" / "00000001" / "s3.pickle").write_bytes(bytes(range(256)) * 40)
        (stack / "saves" / "00000001" / "manifest.json").write_text("{}")
        files, folders = archive.describe(stack)
        self.file = root / f"x{archive.SUFFIX}"
        inventory = {"bucket": {"b": "1"}}
        contents = Contents("x", "2026-11-28T00:00:00+00:00", "g1", VERSIONS, inventory, files, folders)
        archive.write(self.file, contents, stack)

    def damaged(self, data: bytes) -> Path:
        file = self.root / f"bad{archive.SUFFIX}"
        file.write_bytes(data)
        return file

    def made(self, fields: object, members: list[tuple[tarfile.TarInfo, bytes]] | None = None) -> Path:
        """One that is signed by this user and says `fields`; by default with the files of the sound one."""
        text = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
            for name, data in (("snapshot.json", text), ("signature", signing.sign(text).encode())):
                tar.addfile(member(name, size=len(data)), io.BytesIO(data))
            for info, data in self.members() if members is None else members:
                tar.addfile(info, io.BytesIO(data))
        return self.damaged(sink.getvalue())

    def fields(self) -> dict[str, Any]:
        with tarfile.open(self.file) as tar:
            found: dict[str, Any] = json.load(tar.extractfile("snapshot.json"))  # type: ignore[arg-type]
        return found

    def members(self) -> list[tuple[tarfile.TarInfo, bytes]]:
        with tarfile.open(self.file) as tar:
            return [(one, tar.extractfile(one).read()) for one in tar][2:]  # type: ignore[union-attr]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    return Folders(tmp_path, monkeypatch)


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, link
    return info


def refused(folders: Folders, file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """One line for what is wrong and one to look closer, exit code 1, nothing replaced and nothing left."""
    before = {path for path in folders.root.rglob("*") if "state" not in path.parts}
    capsys.readouterr()
    assert program.main(["restore", "--name", str(file), "--trust"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 2, said
    assert said[0].startswith("restore failed: bad.snapshot.tar.gz is damaged: ")
    assert len(said[0]) < 400
    assert folders.replaced == []
    assert {path for path in folders.root.rglob("*") if "state" not in path.parts} == before
    assert not list((folders.root / "state").glob("*.part"))
    return said[0]


def test_a_sound_one_is_restored(folders: Folders) -> None:
    assert program.main(["restore", "--name", str(folders.made(folders.fields()))]) == 0
    assert len(folders.replaced) == 1


# ---------------------------------------------------------------- bytes
def test_cut_short_anywhere(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    whole = folders.file.read_bytes()
    for cut in [*range(0, len(whole) - 8, 37), len(whole) - 9]:
        refused(folders, folders.damaged(whole[:cut]), capsys)


def test_bits_that_flipped(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the packed file and of what is in it; a flip that changes nothing that counts may be restored."""
    dice = random.Random(12)
    packed = folders.file.read_bytes()
    plain = gzip.decompress(packed)
    for data, pack in ((packed, bytes), (plain, lambda text: gzip.compress(text, 1))):
        for _ in range(150):
            bad = bytearray(data)
            bad[dice.randrange(len(bad))] ^= 1 << dice.randrange(8)
            folders.replaced.clear()
            file = folders.damaged(pack(bytes(bad)))
            if program.main(["restore", "--name", str(file), "--trust"]) == 0:
                continue
            said = capsys.readouterr().err.strip().splitlines()
            assert len(said) == 2, said
            assert folders.replaced == []


def test_what_is_no_archive(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    zeros = gzip.compress(b"\0" * 10_000_000)
    for data in (b"", b"\0" * 4096, b"PK\x03\x04" * 50, gzip.compress(b"hello" * 500), zeros):
        refused(folders, folders.damaged(data), capsys)


# ---------------------------------------------------------------- what it says of itself
WRONG = [None, 1, -1, 1e308, "", "x", [], [1], [["a"]], {}, {"a": 1}, {"a": []}, True]
FITTING = [
    ("name", ""),
    ("name", "x"),
    ("generation", ""),
    ("generation", "x"),
    ("format", 1),
    ("folders", {"a": 1}),
]
FIELDS = ("name", "created_at", "generation", "versions", "inventory", "files", "folders", "format")


@pytest.mark.parametrize("field", FIELDS)
def test_fields_of_other_types(folders: Folders, capsys: pytest.CaptureFixture[str], field: str) -> None:
    """Also in the list, and in a comparison, which read them, too."""
    sound = folders.fields()
    for value in WRONG:
        if (field, value) in FITTING or value == {}:
            continue
        file = folders.made(sound | {field: value})
        refused(folders, file, capsys)
        assert program.main(["snapshot-diff", "--before", str(file), "--after", str(folders.file)]) == 1
        assert len(capsys.readouterr().err.strip().splitlines()) == 2


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{}", b"[" * 100_000, b'{"format": 1}',
        b'{"format": ' + b"9" * 5000 + b"}", b'{"format": NaN}',
    ],
)  # fmt: skip
def test_contents_that_are_none(folders: Folders, capsys: pytest.CaptureFixture[str], text: bytes) -> None:
    refused(folders, folders.made(text), capsys)


def test_fields_that_are_missing_or_too_many(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    sound = folders.fields()
    for field in FIELDS:
        if field != "folders":  # as earlier versions wrote it
            refused(folders, folders.made({name: sound[name] for name in sound if name != field}), capsys)
    refused(folders, folders.made(sound | {"other": 1}), capsys)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["files"].update({"a": ["00", 1 << 70]}),
        lambda s: s["files"].update({"a": ["00", -1]}),
        lambda s: s["files"].update({"a": ["00", "x"]}),
        lambda s: s["files"].update({"a\0b": ["00", 0o600]}),
        lambda s: s["files"].update({"": ["00", 0o600]}),
        lambda s: s["folders"].update({"a": 1 << 70}),
        lambda s: s["folders"].update({"a": "x"}),
        lambda s: s["folders"].update({"a\0b": 0o700}),
        lambda s: s["folders"].update({"/tmp/evil": 0o700}),
        lambda s: s["folders"].update({"../evil": 0o700}),
        lambda s: s["folders"].update({"x" * 5000: 0o700}),
        lambda s: s["folders"].update({"saves/00000001/s3.pickle/deeper": 0o700}),
        lambda s: s["folders"].update({"\ud800": 0o700}),
        lambda s: s["versions"].update({"python": ["3.13"]}),
        lambda s: s["inventory"].update({"bucket": {"b": {}}}),
    ],
)
def test_names_and_modes_that_are_none(
    folders: Folders, capsys: pytest.CaptureFixture[str], change: Change
) -> None:
    fields = folders.fields()
    change(fields)
    refused(folders, folders.made(fields), capsys)


# ---------------------------------------------------------------- what lies in it
ENTRIES = [
    member("../../evil"),
    member("/tmp/evil"),
    member("saves/../../evil"),
    member("link", tarfile.SYMTYPE, link="/etc/passwd"),
    member("link", tarfile.LNKTYPE, link="saves/00000001/s3.pickle"),
    member("device", tarfile.CHRTYPE),
    member("device", tarfile.BLKTYPE),
    member("pipe", tarfile.FIFOTYPE),
    member("folder", tarfile.DIRTYPE),
    member("other", b"Z"),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.name}-{entry.type!r}")
@pytest.mark.parametrize("declared", [False, True])
def test_entries_that_lead_out_or_are_no_files(
    folders: Folders, capsys: pytest.CaptureFixture[str], entry: tarfile.TarInfo, declared: bool
) -> None:
    """Declared with a digest, as its maker would, or not; never followed."""
    fields = folders.fields()
    if declared:
        fields["files"][entry.name] = ["0" * 64, 0o4777]
    refused(folders, folders.made(fields, [(entry, b""), *folders.members()]), capsys)
    assert not Path("/tmp/evil").exists()


def test_sizes_that_are_none(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    """An entry, or the contents, that claim to be a terabyte: neither memory nor disk is taken for it."""
    for name in ("snapshot.json", "saves/00000001/s3.pickle"):
        sink = io.BytesIO()
        with gzip.GzipFile(fileobj=sink, mode="wb") as packed:
            if name != "snapshot.json":
                with tarfile.open(fileobj=packed, mode="w|") as tar:
                    text = json.dumps(folders.fields()).encode()
                    for part, data in (("snapshot.json", text), ("signature", signing.sign(text).encode())):
                        tar.addfile(member(part, size=len(data)), io.BytesIO(data))
            packed.write(member(name, size=1 << 40).tobuf(tarfile.GNU_FORMAT))
            packed.write(b"x" * 5000)
        refused(folders, folders.damaged(sink.getvalue()), capsys)


def test_an_entry_that_grows_when_unpacked(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    """However well its bytes pack, it is not what was declared."""
    fields = folders.fields()
    data = b"\0" * 50_000_000
    grown = [(member(info.name, size=len(data)), data) for info, _ in folders.members()]
    refused(folders, folders.made(fields, grown), capsys)


def test_an_entry_twice(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    refused(folders, folders.made(folders.fields(), folders.members() * 2), capsys)


# ---------------------------------------------------------------- the list
def test_the_list_goes_on_behind_a_damaged_one(
    folders: Folders, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Settings.from_environment().snapshots.mkdir()
    place = Settings.from_environment().snapshots
    for number, value in enumerate(WRONG):
        bad = folders.made(folders.fields() | {"created_at": value, "inventory": value})
        bad.rename(place / f"bad{number}{archive.SUFFIX}")
    folders.file.rename(place / f"good{archive.SUFFIX}")
    assert program.main(["snapshots"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == len(WRONG) + 1
    assert "1 buckets" in said


@pytest.mark.parametrize("save", ["none", "of other types"])
def test_one_without_a_save_in_it(
    folders: Folders, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, save: str
) -> None:
    """Sound as an archive, and signed: what it holds can be brought back by nobody."""
    fields, members = folders.fields(), []
    if save == "of other types":
        content = {name: [] for name in ("name", "generation", "blobs", "files", "versions", "databases")}
        rest = {"created_at": 1, "reason": 1, "services": 1, "terraform": 1, "inventory": 1, "format": 1}
        text = json.dumps({**content, **rest, "digest": manifest._digest(content | rest)}).encode()
        members = [(member("saves/00000001/manifest.json", size=len(text)), text)]
    fields["files"] = {info.name: [hashlib.sha256(data).hexdigest(), 0o600] for info, data in members}
    monkeypatch.undo()
    again = Folders(folders.root / "again", monkeypatch)
    monkeypatch.setattr(SnapshotCommands, "_require_save", REQUIRE_SAVE)
    refused(again, again.made(fields, members), capsys)


def test_deep_contents_do_not_end_the_program(folders: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    deep: Any = []
    for _ in range(sys.getrecursionlimit() // 4):
        deep = [deep]
    refused(folders, folders.made(folders.fields() | {"inventory": {"a": {"b": deep}}}), capsys)
