"""The postgres container's programs, asked for through a folder: both sides, with programs that are none."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glue_app.emulator.rds.postgres import container_host
from glue_app.emulator.rds.postgres.container_host import ContainerHost, PostgresHostLostError
from glue_app.emulator.rds.postgres.local_host import LocalHost
from tests.support.polling import wait_for

US = LocalHost(None, None, "us")
SCRIPT = Path(container_host.__file__).with_name("postgres_host.sh")

# `meet N` ends when N of them run at the same time
POSTGRES = """\
#!/bin/bash
action=$1; shift
case $action in
    --version) echo "postgres (PostgreSQL) 15.0" ;;
    say) echo "$1"; echo "$2" >&2; exit "$3" ;;
    words) printf '%s\\0' "$@" ;;
    environment) env ;;
    meet)
        touch "{folder}/met-$2"; echo "$2"; echo "error of $2" >&2
        until [ "$(ls "{folder}" | grep -c ^met-)" -ge "$1" ]; do sleep 0.01; done
        exit "$2" ;;
    hang) touch "{folder}/hanging"; while [ -e "{folder}" ]; do sleep 0.01; done ;;
esac
"""
# a server is its postmaster.pid; one that finds the last server's files does not start
PG_CTL = """\
#!/bin/bash
data=$2 database=$(basename "$(dirname "$2")") action=${{!#}}
echo "$action $database" >>"{folder}/calls"
while [ -e "{folder}/slow" ]; do sleep 0.01; done
case $action in
    start)
        [ ! -e "$data/postmaster.pid" ] && [ ! -e "$data/../socket/.s.PGSQL.5432" ] || exit 1
        echo 123 >"$data/postmaster.pid" ;;
    stop) rm "$data/postmaster.pid" ;;
    status) [ -e "$data/postmaster.pid" ] || exit 3 ;;
esac
"""


class Host:
    """`postgres_host.sh` on a folder of its own, as the postgres container runs it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "volume"
        self.channel = self.folder / ".host"
        self.binaries = root / "lib"
        self.notes = root / "notes"
        self._path = root / "bin"
        self._log = root / "log"
        self._script: subprocess.Popen[bytes] | None = None
        for made in (self.folder, self.binaries, self.notes, self._path):
            made.mkdir()
        for name, text in (("postgres", POSTGRES), ("pg_ctl", PG_CTL), ("initdb", POSTGRES)):
            self.program(name, text)
            (self._path / name).symlink_to(self.binaries / name)  # as Debian has pg_ctl on PATH

    def program(self, name: str, text: str) -> Path:
        path = self.binaries / name
        path.write_text(text.format(folder=self.notes))
        path.chmod(0o755)
        return path

    def begin(self) -> None:
        with self._log.open("wb") as log:
            self._script = subprocess.Popen(
                ["bash", str(SCRIPT), str(self.folder)],
                env={"PATH": f"{self._path}:/usr/bin:/bin", "PGPASSWORD": "secret"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a container's processes end together, so do these
            )

    def start(self) -> None:
        self.begin()
        wait_for("the script to be ready", lambda: "ready: postgres" in self.said, 60)

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def calls(self) -> list[str]:
        """What pg_ctl was asked, as `start db-A`; in order of the alphabet, for they run side by side."""
        calls = self.notes / "calls"
        return sorted(calls.read_text().splitlines()) if calls.exists() else []

    def stop(self) -> int:
        assert self._script
        self._script.send_signal(signal.SIGTERM)
        return self._script.wait(60)

    def kill(self) -> None:
        if self._script:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._script.pid, signal.SIGKILL)
            self._script.wait(60)

    def database(self, name: str, runs: bool) -> Path:
        data = self.folder / name / "data"
        data.mkdir(parents=True)
        if runs:
            (data / "postmaster.pid").write_text("1\n")
        return data


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path.resolve())
    yield made
    made.kill()


@pytest.fixture
def client(host: Host) -> ContainerHost:
    """Of a host that runs."""
    host.start()
    return ContainerHost(host.channel)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_host, "_HOST_TIMEOUT_S", 0.1)
    monkeypatch.setattr(container_host, "_TIMEOUT_S", 0.3)


# ---------------------------------------------------------------- requests
def test_output_errors_and_exit_code_come_back(client: ContainerHost, host: Host) -> None:
    """A failure is raised where that is asked for."""
    done = client.run([host.binaries / "postgres", "say", "日本語", "what went wrong", "3"])

    assert (done.stdout, done.stderr, done.returncode) == ("日本語\n", "what went wrong\n", 3)
    with pytest.raises(subprocess.CalledProcessError) as raised:
        client.run([host.binaries / "postgres", "say", "out", "what went wrong", "1"], check=True)
    assert (raised.value.returncode, raised.value.stderr) == (1, "what went wrong\n")


@pytest.mark.parametrize("name", ["initdb", "postgres"])
def test_words_arrive_as_they_are_given(client: ContainerHost, host: Host, name: str) -> None:
    """No shell looks at them."""
    words = ["", "a b  c", 'it\'s "so"', "two\nlines\n", "$(touch /tmp/x) `id` * \\", "-n", "日本", ""]

    done = client.run([host.binaries / name, "words", *words])

    assert done.stdout.split("\0") == [*words, ""]


def test_programs_see_nothing_of_the_containers_environment(client: ContainerHost, host: Host) -> None:
    """It may hold keys. Messages are in English, as RDS's are."""
    shown = client.run([host.binaries / "postgres", "environment"]).stdout

    assert "secret" not in shown
    assert "LC_ALL=C" in shown.splitlines()


@pytest.mark.parametrize(
    "name", ["/usr/bin/touch", "touch", "{binaries}/psql", "{binaries}/../lib/initdb", ""]
)
def test_only_postgresqls_programs_are_run(
    client: ContainerHost, host: Host, tmp_path: Path, name: str
) -> None:
    for denied in ("psql", "touch"):
        host.program(denied, '#!/bin/bash\n: >"$1"\n')
    host.program("initdb", '#!/bin/bash\n: >"$1"\n')

    done = client.run([name.format(binaries=host.binaries), tmp_path / "made"])

    assert done.returncode != 0
    assert not (tmp_path / "made").exists()


def test_requests_at_the_same_time_do_not_mix(client: ContainerHost, host: Host) -> None:
    """They run side by side: each here ends only when all of them run."""
    many = 6

    def ask(number: int) -> tuple[str, str, int]:
        done = client.run([host.binaries / "postgres", "meet", str(many), str(number)])
        return done.stdout, done.stderr, done.returncode

    with concurrent.futures.ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(ask, range(many)))

    assert answers == [(f"{n}\n", f"error of {n}\n", n) for n in range(many)]
    assert [path.name for path in host.channel.iterdir()] == ["requests"]


# ---------------------------------------------------------------- files
@pytest.mark.usefixtures("client")
def test_a_request_that_is_announced_in_two_halves_is_done(host: Host) -> None:
    """As a busy machine may make two reads of what was written at once, with the end of a turn between."""
    request = host.channel / "request"
    request.write_bytes(b"\0".join([str(host.binaries / "postgres").encode(), b"say", b"a", b"b", b"0", b""]))
    with open(os.open(host.channel / "requests", os.O_WRONLY), "wb", buffering=0) as fifo:
        fifo.write(b"requ")
        threading.Event().wait(1.2)  # a turn of the script: nothing else tells that one has ended
        fifo.write(b"est\n")
    wait_for("the outcome", (host.channel / "request.rc").exists, 60)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_is_given_to_that_user(tmp_path: Path) -> None:
    channel, file = tmp_path / "channel", tmp_path / "file"
    channel.mkdir()
    file.touch()
    os.chown(channel, 12345, 12346)

    ContainerHost(channel).own(file, 0o640)

    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 12346, 0o640)


def test_the_channel_is_for_its_user_alone(client: ContainerHost, host: Host) -> None:
    assert stat.S_IMODE(host.channel.stat().st_mode) == 0o700
    assert stat.S_IMODE((host.channel / "requests").stat().st_mode) == 0o600


def test_it_tells_which_folders_that_user_reaches(client: ContainerHost, tmp_path: Path) -> None:
    """By their real path: links of one container lead nowhere in the other."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)

    assert client.can_reach(link)
    assert not client.can_reach(tmp_path / "nothing")


def test_it_tells_whether_a_server_runs(client: ContainerHost, host: Host) -> None:
    assert client.serves(host.database("db-A", runs=True), host.binaries)
    assert not client.serves(host.database("db-B", runs=False), host.binaries)


def test_it_tells_what_a_server_has_used_of_the_cpu(
    client: ContainerHost, host: Host, tmp_path: Path
) -> None:
    """By the processes that work in the data folder, and nothing where there are none."""
    data = tmp_path / "volume" / "db-A" / "data"
    data.mkdir(parents=True)
    assert client.cpu_ticks(data) is None

    busy = subprocess.Popen(["bash", "-c", "while true; do :; done"], cwd=data)
    try:
        wait_for("ticks", lambda: (client.cpu_ticks(data) or 0) >= 5, 60)
        before, told, after = (teller.cpu_ticks(data) or 0 for teller in (US, client, US))
        assert before <= told <= after
    finally:
        busy.kill()
        busy.wait()


# ---------------------------------------------------------------- a container that is not there
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("ended", [Host.stop, Host.kill])
def test_a_container_that_is_gone_is_named(
    client: ContainerHost, host: Host, ended: Callable[[Host], object]
) -> None:
    ended(host)

    with pytest.raises(PostgresHostLostError, match=f"does not answer at {host.channel} .*make status"):
        client.run(["test", "-x", "/"])
    assert [path.name for path in host.channel.iterdir()] == ["requests"]


@pytest.mark.usefixtures("impatient")
def test_a_program_that_never_ends_is_given_up(client: ContainerHost, host: Host) -> None:
    with pytest.raises(PostgresHostLostError, match=r"no outcome in 0\.3 s"):
        client.run([host.binaries / "postgres", "hang"])


@pytest.mark.parametrize("left", [True, False], ids=["restarts", "starts"])
def test_a_container_that_is_on_its_way_is_waited_for(host: Host, left: bool) -> None:
    """Where it restarts it has left its FIFO, which nobody reads."""
    host.channel.mkdir()
    if left:
        host.start()
        host.kill()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(
            ContainerHost(host.channel).run, [host.binaries / "postgres", "say", "on", "", "0"]
        )
        wait_for("the asking", asked.running)

        host.start()

        assert asked.result(60).stdout == "on\n"


# ---------------------------------------------------------------- servers
def test_an_orderly_end_stops_the_servers_and_the_next_start_starts_them(host: Host) -> None:
    host.start()
    runs, rests = host.database("db-A", runs=True), host.database("db-B", runs=False)

    assert host.stop() == 0
    assert host.calls == ["stop db-A"]
    assert not (runs / "postmaster.pid").exists()

    host.start()
    assert host.calls == ["start db-A", "stop db-A"]
    assert (runs / "postmaster.pid").exists()
    assert not (rests / "postmaster.pid").exists()


def test_a_server_that_was_stopped_since_does_not_start_again(host: Host) -> None:
    """What one end remembers is for the next start alone."""
    data = host.database("db-A", runs=True)
    host.start()
    host.stop()
    host.start()
    (data / "postmaster.pid").unlink()  # StopDBInstance
    host.stop()

    host.start()

    assert not (data / "postmaster.pid").exists()


def test_servers_of_a_killed_container_start_again(host: Host) -> None:
    """Without the files that would tell PostgreSQL of a server that runs."""
    host.start()
    data = host.database("db-A", runs=True)
    host.database("db-B", runs=False)
    (data.parent / "socket").mkdir()
    (data.parent / "socket" / ".s.PGSQL.5432").touch()
    host.kill()

    host.start()

    assert host.calls == ["start db-A"]
    assert (data / "postmaster.pid").read_text() == "123\n"


def test_no_request_is_taken_before_the_servers_run(host: Host) -> None:
    """The container is healthy, and LocalStack asks, when there is a FIFO."""
    host.database("db-A", runs=True)
    (host.notes / "slow").touch()
    host.begin()
    wait_for("the server to be started", lambda: host.calls)
    assert not (host.channel / "requests").exists()

    (host.notes / "slow").unlink()

    wait_for("the FIFO", lambda: (host.channel / "requests").exists())
    assert (host.folder / "db-A" / "data" / "postmaster.pid").read_text() == "123\n"


def test_a_container_killed_while_it_starts_servers_starts_them_next_time(host: Host) -> None:
    """`start` removes postmaster.pid, the only note of a server that ran."""
    host.database("db-A", runs=True)
    (host.notes / "slow").touch()
    host.begin()
    wait_for("the server to be started", lambda: host.calls)
    host.kill()
    (host.notes / "slow").unlink()

    host.start()

    assert host.calls == ["start db-A", "start db-A"]
