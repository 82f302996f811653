"""A container's LocalStack starts with the newest save that can be brought back, and ends as it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from glue_app.emulator.state import start, terraform_state
from glue_app.emulator.state.driver import EXIT_NOT_RESTORED
from glue_app.emulator.state.saver import Saver
from glue_app.emulator.state.saves import current_versions
from tests.support.polling import wait_for
from tests.unit.emulator.state.fake_host import FakeHost

# stands for LocalStack: writes down what it is started with, then ends with the next of the codes
LOCALSTACK = """\
#!/bin/bash
cd "$(dirname "$0")"
trap 'echo stopped >>starts; exit 5' TERM
echo "$GLUE_APP_GENERATION:$GLUE_APP_RESTORE:$*" >>starts
code=$(sed -n "$(grep -c '' starts)p" codes)
while [ "$code" = stay ]; do sleep 0.01; done
exit "$code"
"""


class Container:
    """What `start` is run in: a volume for the state, and a LocalStack that is none."""

    def __init__(self, root: Path, state: Path) -> None:
        self.state = state
        self.root = root
        self.root.mkdir()
        self.state.mkdir(exist_ok=True)
        self.program = self.root / "localstack"
        self.program.write_text(LOCALSTACK)
        self.program.chmod(0o755)

    def ends_with(self, *codes: int | str) -> None:
        """`stay`: it runs until it is told to stop."""
        (self.root / "codes").write_text("".join(f"{code}\n" for code in codes))

    @property
    def starts(self) -> list[list[str]]:
        """Generation, name of the save, arguments of each start."""
        lines = (self.root / "starts").read_text().splitlines()
        found = [line.split(":") for line in lines if ":" in line]
        return [[generation, Path(save).name, words] for generation, save, words in found]

    def run(self) -> int:
        return start.main([str(self.program), "host", "a b"])


@pytest.fixture
def container(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Container]:
    for name in ("GLUE_APP_POSTGRES_CHANNEL", "LOCALSTACK_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLUE_APP_STATE", str(state))
    monkeypatch.setenv("GLUE_APP_KEEP_STATE", "1")
    monkeypatch.setenv("GLUE_APP_ENGINE", "docker")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield Container(tmp_path / "container", state)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def two_saves(container: Container, host: FakeHost) -> Saver:
    """Of generation g1 with serial 1, and g2 with serial 2; the saver would write a third, of g2."""
    for generation in ("g1", "g2"):
        folder = container.state / "terraform" / generation
        folder.mkdir(parents=True)
        (folder / "terraform.tfstate").write_text(f'{{"serial": {generation[1]}, "lineage": "abc"}}')
        (folder / "applied").write_text("inputs")
        saver = Saver(container.state, generation, current_versions("http://127.0.0.1:4566"), host.as_host())
        saver.save("test")
        (folder / "terraform.tfstate").write_text('{"serial": 9, "lineage": "of after the save"}')
        (folder / "applying").touch()
    return saver


def serials(container: Container) -> Mapping[str, str]:
    """Generation → what its Terraform state begins with."""
    files = sorted(container.state.glob("terraform/*/terraform.tfstate"))
    return {file.parent.name: file.read_text()[:12] for file in files}


@pytest.mark.usefixtures("two_saves")
def test_the_newest_save_is_brought_back_with_its_terraform_state(container: Container) -> None:
    """Terraform's state of another moment does not fit it."""
    container.ends_with(0)

    assert container.run() == 0
    assert container.starts == [["g2", "00000002", "host a b"]]
    assert serials(container) == {"g1": '{"serial": 9', "g2": '{"serial": 2'}
    assert not (container.state / "terraform" / "g2" / "applying").exists()


@pytest.mark.usefixtures("two_saves")
def test_a_damaged_save_is_passed_over_with_a_word(
    container: Container, capfd: pytest.CaptureFixture[str]
) -> None:
    (container.state / "saves" / "00000002" / "store.pickle").write_text("two")
    container.ends_with(0)

    container.run()

    assert container.starts == [["g1", "00000001", "host a b"]]
    assert "save 00000002: " in capfd.readouterr().out
    assert serials(container) == {"g1": '{"serial": 1', "g2": '{"serial": 9'}


@pytest.mark.usefixtures("two_saves")
@pytest.mark.parametrize(("name", "value"), [("GLUE_APP_ENGINE", ""), ("LOCALSTACK_HOST", "127.0.0.1:4570")])
def test_saves_of_another_engine_or_endpoint_do_not_fit(
    container: Container,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """And no other stack takes their place on the volume: it would be the saves' end."""
    monkeypatch.setenv(name, value)

    assert container.run() == EXIT_NOT_RESTORED

    assert not (container.root / "starts").exists()
    assert "`make clean` begins anew" in capfd.readouterr().err


@pytest.mark.usefixtures("two_saves")
def test_what_cannot_be_brought_back_leads_to_the_save_before_and_then_to_none(container: Container) -> None:
    container.ends_with(EXIT_NOT_RESTORED, EXIT_NOT_RESTORED, 3)

    assert container.run() == EXIT_NOT_RESTORED
    first, second = container.starts
    assert (first[:2], second[:2]) == (["g2", "00000002"], ["g1", "00000001"])
    assert serials(container)["g1"] == '{"serial": 1'


def test_each_life_has_a_name_of_its_own(container: Container) -> None:
    container.ends_with(0, 0)

    container.run()
    container.run()

    first, second = container.starts
    assert first[0].startswith("docker-")
    assert first[0] != second[0]


@pytest.mark.usefixtures("two_saves")
@pytest.mark.parametrize("value", ["0", ""])
def test_where_nothing_is_kept_each_life_is_new(
    container: Container, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("GLUE_APP_KEEP_STATE", value)
    container.ends_with(0)

    container.run()

    assert [save for _, save, _ in container.starts] == [""]
    assert set(serials(container).values()) == {'{"serial": 9'}


@pytest.mark.usefixtures("two_saves")
def test_any_other_code_is_localstacks_own(container: Container) -> None:
    """The Docker engine starts the container again; the save is not to blame."""
    container.ends_with(1)

    assert container.run() == 1
    assert len(container.starts) == 1


def test_no_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main([]) == 2
    assert "python -m glue_app.emulator.state.start COMMAND" in capsys.readouterr().err


# ---------------------------------------------------------------- as a process
@pytest.fixture
def process(container: Container) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m glue_app.emulator.state.start`, whose LocalStack runs until it is told to stop."""
    container.ends_with("stay")
    command = [sys.executable, "-m", "glue_app.emulator.state.start", str(container.program)]
    started = subprocess.Popen(command, start_new_session=True, cwd=Path(__file__).parents[4])
    yield started
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def test_localstack_ends_in_its_own_time(process: subprocess.Popen[bytes], container: Container) -> None:
    """It gets the signal, saves, stops its databases; then its code is ours."""
    wait_for("LocalStack to run", (container.root / "starts").exists)

    process.terminate()

    assert process.wait(60) == 5
    assert "stopped" in (container.root / "starts").read_text()


def test_a_killed_localstack_is_told_as_shells_tell_it(container: Container) -> None:
    """137 says `killed`, perhaps for its memory; -9 comes out, which becomes 247."""
    container.program.write_text("#!/bin/bash\nkill -9 $$\n")
    command = [sys.executable, "-m", "glue_app.emulator.state.start", str(container.program)]

    done = subprocess.run(command, cwd=Path(__file__).parents[4], check=False, timeout=30)

    assert done.returncode == 128 + signal.SIGKILL


# ---------------------------------------------------------------- databases
def test_the_databases_lie_where_the_postgres_container_has_them(
    container: Container, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its volume, at its path; a second start finds the link."""
    volume = tmp_path / "postgresql" / "data"
    monkeypatch.setenv("GLUE_APP_POSTGRES_CHANNEL", str(volume / ".host"))
    container.ends_with(0, 0)

    container.run()
    container.run()

    assert (container.state / "rds").readlink() == volume


def test_without_another_container_there_is_no_link(container: Container) -> None:
    container.ends_with(0)

    container.run()

    assert not (container.state / "rds").is_symlink()


# ---------------------------------------------------------------- Terraform's state
def test_a_saves_terraform_state_takes_the_place_of_what_is_there(terraform: Path, tmp_path: Path) -> None:
    """All of it: a backup or the mark of an apply belongs to another moment."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "terraform.tfstate").write_text("kept")
    (terraform / "applying").touch()

    terraform_state.lay_out(kept, terraform)

    assert {file.name: file.read_text() for file in terraform.iterdir()} == {"terraform.tfstate": "kept"}


def test_a_save_without_terraform_state_leaves_none(terraform: Path, tmp_path: Path) -> None:
    terraform_state.lay_out(tmp_path / "nothing", terraform)

    assert not terraform.exists()


def test_a_folder_that_is_not_there_is_made(tmp_path: Path, terraform: Path) -> None:
    folder = tmp_path / "new" / "terraform" / "g7"

    terraform_state.lay_out(terraform, folder)

    assert (folder / "terraform.tfstate").is_file()
    assert (folder / "applied").read_text() == "inputs"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_it_belongs_to_whom_the_folder_above_belongs(terraform: Path, tmp_path: Path) -> None:
    """The developer, whose terraform goes on with it, is not root of the container."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "terraform.tfstate").write_text("kept")
    os.chown(terraform.parent, 12345, 12346)

    terraform_state.lay_out(kept, terraform)

    for path in (terraform, terraform / "terraform.tfstate"):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)
