"""The supervisor, on toy processes: start, find again, notice death, stop, and never touch what is not ours."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import pytest
from toys import break_next_start, toy

from gcp_local.supervisor import ports, process, state
from gcp_local.supervisor.cloud import DEAD, RUNNING, STOPPED, LocalCloud
from gcp_local.supervisor.errors import LocalCloudError, NotRunning
from gcp_local.supervisor.specs import Layout, Spec, marker

TESTS = os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parents[1])))

SPECS = (toy("first", further=("extra",)), toy("second", needs=("first",)))


class Said(list[str]):
    """Collects progress lines."""

    @property
    def text(self) -> str:
        return "\n".join(self)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "state"
    yield place
    if state.exists(place):
        process.stop(state.leftovers(place), grace=0.2)


@pytest.fixture
def cloud(folder: Path, said: Said) -> LocalCloud:
    return LocalCloud(folder, specs=SPECS, say=said.append, grace=2)


def pids(running: state.CloudState) -> dict[str, int]:
    return {name: record.pid for name, record in running.processes.items()}


def name_at(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return str(answer.read().decode())


def kill(running: state.CloudState, name: str) -> None:
    os.kill(running.processes[name].pid, signal.SIGKILL)
    os.waitpid(running.processes[name].pid, 0)


def test_up_starts_every_process_and_tells_when_each_is_ready(cloud: LocalCloud, said: Said) -> None:
    running = cloud.up()
    assert {name: name_at(record.port) for name, record in running.processes.items()} == {
        "first": "first",
        "second": "second",
    }
    assert [line.split(" (")[0] for line in said] == [
        "first: starting",
        f"first: ready on port {running.processes['first'].port}",
        "second: starting",
        f"second: ready on port {running.processes['second'].port}",
    ]
    assert [row.state for row in cloud.status()] == [RUNNING, RUNNING]
    assert "hello from first" in cloud.log("first").read_text()


def test_a_second_start_finds_the_first(cloud: LocalCloud, folder: Path) -> None:
    first = cloud.up()
    before = time.monotonic()
    assert LocalCloud(folder, specs=SPECS).up() == first
    assert time.monotonic() - before < 1


def test_processes_have_a_session_of_their_own_and_no_input(cloud: LocalCloud) -> None:
    running = pids(cloud.up())
    assert running.keys() == {"first", "second"}
    for pid in running.values():
        assert (os.getsid(pid), os.getpgid(pid)) == (pid, pid)
        assert Path(f"/proc/{pid}/fd/0").readlink() == Path("/dev/null")


def test_processes_survive_the_shell_that_started_them(folder: Path) -> None:
    program = (
        "import pathlib, sys; from gcp_local.supervisor.cloud import LocalCloud; from toys import toy;"
        "LocalCloud(pathlib.Path(sys.argv[1]), specs=[toy('first')]).up()"
    )
    # Below nohup hang-ups are ignored, and a shell passes that on.
    command = ["env", "--default-signal=HUP", "bash", "-c", f'{sys.executable} -c "$0" {folder}; kill -HUP 0', program]
    shell = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": TESTS}, timeout=30, start_new_session=True, check=False
    )
    assert shell.returncode == -signal.SIGHUP
    assert name_at(state.read(folder).processes["first"].port) == "first"


def test_a_dead_process_is_reported_and_only_it_is_started_again(cloud: LocalCloud, folder: Path, said: Said) -> None:
    first = cloud.up()
    kill(first, "second")
    assert [row.state for row in cloud.status()] == [RUNNING, DEAD]
    with pytest.raises(NotRunning, match="second of the local cloud is not running"):
        cloud.running()
    said.clear()
    again = LocalCloud(folder, specs=SPECS, say=said.append).up()
    assert "second: had died" in said[0]
    assert "hello from second" in said[0]
    assert again.processes["first"] == first.processes["first"]
    assert again.processes["second"].pid != first.processes["second"].pid
    assert again.processes["second"].port == first.processes["second"].port


def test_a_process_that_ends_while_starting_is_reported_at_once_with_its_log(folder: Path, said: Said) -> None:
    broken = LocalCloud(folder, specs=(SPECS[0], toy("second", "fails", deadline=60)), say=said.append)
    before = time.monotonic()
    with pytest.raises(
        LocalCloudError, match=r"(?s)second ended while it was starting \(exit code 1\).*cannot open the shop"
    ):
        broken.up()
    assert time.monotonic() - before < 10
    assert [row.state for row in broken.status()] == [RUNNING, DEAD]


def test_a_process_that_never_answers_is_stopped_after_its_deadline(folder: Path) -> None:
    silent = LocalCloud(folder, specs=(toy("first", "silent", deadline=1),), grace=1)
    with pytest.raises(LocalCloudError, match=r"first did not answer on port \d+ within 1 s"):
        silent.up()
    assert [row.state for row in silent.status()] == [DEAD]


def test_a_failed_restart_leaves_the_others_running(cloud: LocalCloud, folder: Path) -> None:
    kill(cloud.up(), "second")
    break_next_start(folder, "second")
    with pytest.raises(LocalCloudError, match="cannot open the shop"):
        cloud.up()
    assert [row.state for row in cloud.status()] == [RUNNING, DEAD]


def test_down_stops_everything_and_keeps_data_and_ports(cloud: LocalCloud, folder: Path) -> None:
    first = cloud.up()
    (folder / "data").write_text("kept")
    assert cloud.down() == ("first", "second")
    assert not any(process.identity(pid) for pid in pids(first).values())
    assert [row.state for row in cloud.status()] == [STOPPED, STOPPED]
    with pytest.raises(NotRunning):
        cloud.running()
    assert cloud.down() == ()
    assert (folder / "data").read_text() == "kept"
    assert {n: r.port for n, r in cloud.up().processes.items()} == {n: r.port for n, r in first.processes.items()}


def test_down_kills_what_ignores_it_and_stops_children(folder: Path, said: Said) -> None:
    cloud = LocalCloud(folder, specs=(toy("first", "deaf", "parent"),), say=said.append, grace=1)
    running = cloud.up()
    child = int((folder / "first.child").read_text())
    assert process.identity(child)
    cloud.down()
    assert not process.identity(running.processes["first"].pid)
    assert not process.identity(child)
    assert "first: did not end within 1 s and was killed" in said


def test_down_stops_the_children_of_a_process_that_died(folder: Path) -> None:
    cloud = LocalCloud(folder, specs=(toy("first", "parent"),), grace=1)
    kill(cloud.up(), "first")
    child = int((folder / "first.child").read_text())
    assert process.identity(child)
    cloud.down()
    assert not process.identity(child)


def test_a_pid_that_belongs_to_somebody_else_now_is_neither_trusted_nor_stopped(
    cloud: LocalCloud, folder: Path
) -> None:
    cloud.up()
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        current = state.read(folder)
        cloud.down()
        reused = replace(current.processes["first"], pid=stranger.pid)
        state.write(folder, replace(current, processes={"first": reused}))
        assert [row.state for row in cloud.status()] == [DEAD, STOPPED]
        cloud.down()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait(timeout=5)


def test_nobody_else_is_given_a_port_that_a_process_does_not_listen_on_yet(folder: Path) -> None:
    tried = []

    def command(layout: Layout) -> list[str]:
        with socket.socket() as stranger:
            tried.append(stranger.connect_ex(("127.0.0.1", layout.ports["second"])))  # nobody listens
            with pytest.raises(OSError, match="Address already in use"):
                stranger.bind(("127.0.0.1", layout.ports["second"]))
        return SPECS[0].command(layout)

    LocalCloud(folder, specs=[replace(SPECS[0], command=command), SPECS[1]]).up()
    assert tried == [errno.ECONNREFUSED]


def test_of_two_clouds_that_remember_the_same_ports_one_moves(folder: Path, tmp_path: Path) -> None:
    cloud = LocalCloud(folder, specs=SPECS)
    cloud.up()
    cloud.down()
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    others = []

    def command(layout: Layout) -> list[str]:
        others.append(LocalCloud(copy, specs=SPECS).up())
        return SPECS[0].command(layout)

    first = LocalCloud(folder, specs=[replace(SPECS[0], command=command), SPECS[1]])
    try:
        mine, (other,) = first.up(), others
        assert not set(chain(*mine.ports.values())) & set(chain(*other.ports.values()))
        assert mine.processes.keys() == other.processes.keys() == {"first", "second"}
    finally:
        LocalCloud(copy, specs=SPECS).down()


def test_an_answer_of_somebody_else_on_its_port_is_not_its_own(folder: Path) -> None:
    with contextlib.ExitStack() as strangers:

        def command(layout: Layout) -> list[str]:
            port = layout.ports["slow"]
            server = strangers.enter_context(ThreadingHTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            strangers.callback(server.shutdown)
            return toy("slow", "slow").command(layout)

        with pytest.raises(LocalCloudError, match=r"slow ended while it was starting(?s:.*)Address already in use"):
            LocalCloud(folder, specs=[replace(toy("slow"), command=command)]).up()


def test_a_stated_port_that_is_taken_is_named_with_its_holder_and_nothing_is_started(cloud: LocalCloud) -> None:
    with ports.Reservation() as reserved:
        (base,) = reserved.free(1)
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import socket; s = socket.create_server(('127.0.0.1', {base + 1})); s.accept()"]
    )
    try:
        while not ports.holder(base + 1):
            time.sleep(0.05)
        with pytest.raises(
            LocalCloudError, match=rf"port {base + 1}, meant for first, is taken by pid {holder.pid} \("
        ):
            cloud.up(base)
        assert [row.state for row in cloud.status()] == [STOPPED, STOPPED]
    finally:
        holder.kill()
        holder.wait(timeout=5)


def test_stated_ports_are_counted_up_in_table_order(cloud: LocalCloud) -> None:
    with ports.Reservation() as reserved:
        base = next(b for b in range(20000, 30000, 7) if all(map(reserved.take, range(b, b + 3))))
    running = cloud.up(base)
    assert running.ports == {"first": (base, base + 1), "second": (base + 2,)}
    assert running.processes["first"].ports == {"extra": base + 1}
    with pytest.raises(LocalCloudError, match=f"first already runs on port {base}"):
        cloud.up(base + 100)


def test_a_process_moves_when_its_port_was_taken_meanwhile_and_who_needs_it_is_started_anew(
    cloud: LocalCloud, said: Said
) -> None:
    first = cloud.up()
    kill(first, "first")
    squatter = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(first.processes["first"].port), "--bind", "127.0.0.1"],
        stderr=subprocess.DEVNULL,
    )
    try:
        while not ports.answers(first.processes["first"].port):
            time.sleep(0.05)
        again = cloud.up()
    finally:
        squatter.kill()
        squatter.wait(timeout=5)
    assert f"is taken by pid {squatter.pid}" in said.text
    assert again.processes["first"].port != first.processes["first"].port
    assert again.processes["second"].pid != first.processes["second"].pid
    assert not process.identity(first.processes["second"].pid)


def test_two_starts_at_once_start_each_process_once(folder: Path) -> None:
    results: list[state.CloudState] = []
    said = Said()
    starts = [
        threading.Thread(target=lambda: results.append(LocalCloud(folder, specs=SPECS, say=said.append).up()))
        for _ in range(2)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join(timeout=30)
    assert len(results) == 2
    assert results[0] == results[1]
    assert said.count("first: starting") == 1
    assert any("waiting for it" in line for line in said)


@pytest.mark.parametrize(
    "content", ['{"version": 2, "processes": {}}', "{", "[]", '{"version": 1, "processes": {"a": 1}}']
)
def test_the_state_of_another_version_is_refused_and_left_alone(cloud: LocalCloud, folder: Path, content: str) -> None:
    folder.mkdir()
    (folder / state.FILE).write_text(content)
    for act in (cloud.up, cloud.down, cloud.status, cloud.running):
        with pytest.raises(LocalCloudError, match="gcp-local down --wipe"):
            act()
    assert (folder / state.FILE).read_text() == content


def test_wipe_stops_the_processes_of_another_version_and_deletes_everything(cloud: LocalCloud, folder: Path) -> None:
    running = cloud.up()
    document = json.loads((folder / state.FILE).read_text())
    (folder / state.FILE).write_text(json.dumps(document | {"version": 99}))
    cloud.wipe()
    assert not folder.exists()
    assert not any(process.identity(pid) for pid in pids(running).values())


def test_wipe_refuses_a_folder_that_is_not_the_clouds(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(LocalCloudError, match="does not look like the state"):
        LocalCloud(tmp_path, specs=SPECS).wipe()
    assert (tmp_path / "thesis.tex").exists()


def test_a_process_does_not_inherit_the_way_to_another_cloud(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT", "http://127.0.0.1:1/bigquery/v2/")
    spec: Spec = replace(SPECS[0], variables=lambda _: {"EXTRA": "told"})
    running = LocalCloud(folder, specs=(spec,)).up()
    environment = Path(f"/proc/{running.processes['first'].pid}/environ").read_bytes().split(b"\0")
    assert b"EXTRA=told" in environment
    assert not [line for line in environment if line.startswith(b"GOOGLE_BIG_QUERY")]


def test_what_a_killed_start_left_behind_is_stopped_by_the_next_one(
    cloud: LocalCloud, folder: Path, said: Said
) -> None:
    script = (
        "import os, sys; from pathlib import Path; from gcp_local.supervisor import state\n"
        "from gcp_local.supervisor.cloud import LocalCloud; from test_supervisor import SPECS\n"
        "state.write = lambda *_: os._exit(9)\n"
        "LocalCloud(Path(sys.argv[1]), specs=SPECS).up()\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, str(folder)], env=os.environ | {"PYTHONPATH": TESTS}, timeout=60
    )
    assert killed.returncode == 9
    assert not state.exists(folder)
    [(stray, identity)] = process.marked(marker(folder))
    running = cloud.up()
    assert f"stopping what an interrupted command left behind: pid {stray}" in said.text
    assert not process.runs(stray, identity)
    assert sorted(pid for pid, _ in process.marked(marker(folder))) == sorted(pids(running).values())
    cloud.down()
    assert process.marked(marker(folder)) == []


def test_down_stops_what_no_file_knows(cloud: LocalCloud, folder: Path) -> None:
    running = cloud.up()
    (folder / state.FILE).unlink()
    cloud.down()
    assert not [pid for pid in pids(running).values() if process.identity(pid)]


@pytest.mark.parametrize("kind", ["file", "device", "below a file"])
def test_a_state_folder_that_cannot_be_one_is_named_with_the_variable_to_set(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("mine")
    place = {"file": tmp_path / "file", "device": Path("/dev/null"), "below a file": tmp_path / "file" / "state"}[kind]
    cloud = LocalCloud(place, specs=SPECS)
    with pytest.raises(LocalCloudError, match=r"cannot hold the state of a local cloud.*") as refusal:
        cloud.up()
    assert "GCP_LOCAL_STATE" in str(refusal.value)
    assert [row.state for row in cloud.status()] == [STOPPED, STOPPED]
    assert (tmp_path / "file").read_text() == "mine"


def test_the_state_is_its_owners_alone(cloud: LocalCloud, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    cloud.up()
    assert folder.stat().st_mode & 0o777 == 0o700
