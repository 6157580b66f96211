"""The local cloud of one state folder: up, down, status.

Every change happens under the folder's lock and is written down before the next one; what was started and not yet
written down is recognised by a mark in its environment. So a command that is killed at any moment leaves nothing
running that the next command does not know.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gcp_local import environment
from gcp_local.supervisor import lock, plan, ports, process, state
from gcp_local.supervisor.errors import LocalCloudError, NotRunning
from gcp_local.supervisor.specs import PROCESSES, Layout, Spec, marker, process_environment
from gcp_local.supervisor.state import CloudState, Record

POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0
LOCK_PATIENCE = 180.0
TAIL_LINES = 15
LOG_LIMIT = 10_000_000

RUNNING, DEAD, SILENT, STOPPED = "running", "dead", "not answering", "stopped"


@dataclass(frozen=True)
class Row:
    """One process as `status` shows it. `pid` and `port` are 0 and `since` is empty when it was never started."""

    name: str
    state: str
    pid: int
    port: int
    since: str
    log: str


class LocalCloud:
    """The processes of one state folder. `say` gets progress lines for people."""

    def __init__(
        self,
        folder: Path,
        *,
        specs: Sequence[Spec] = PROCESSES,
        say: Callable[[str], None] = lambda _: None,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self.folder = folder.resolve()
        self.specs = tuple(specs)
        self.say = say
        self.grace = grace
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def up(self, port_base: int | None = None) -> CloudState:
        """Start what is not running and wait until it answers. Returns the state with everything running.

        Raises LocalCloudError when a port is taken or a process ends or stays silent; the others keep running.
        """
        with lock.exclusive(self.folder, self.say, LOCK_PATIENCE), ports.Reservation() as reserved:
            current = state.read(self.folder)
            self._stop_strays(current)
            todo = plan.make(self.specs, current, port_base, reserved, self.say)
            for name in todo.died:
                self.say(f"{name}: had died; last lines of {self.log(name)}:\n{self._tail(name)}")
            if todo.stop:
                self._stop(current, todo.stop)
            environment.pulumi_folder(self.folder).mkdir(parents=True, exist_ok=True)
            return self._start(current, todo)

    def down(self) -> tuple[str, ...]:
        """Stop everything and keep the data. Returns the names of what was running."""
        if not self.folder.is_dir():
            return ()
        with lock.exclusive(self.folder, self.say, LOCK_PATIENCE):
            current = state.read(self.folder)
            names = tuple(current.processes)
            self._stop_strays(current)
            running = self._stop(current, names)
            if names:
                state.write(self.folder, current.stopped())
            return running

    def wipe(self) -> None:
        """Stop everything, of whatever version, and delete the state folder.

        Raises LocalCloudError when the folder is not one of ours.
        """
        if not self.folder.is_dir():
            return
        if not state.exists(self.folder) and any(path.name != lock.FILE for path in self.folder.iterdir()):
            raise LocalCloudError(
                f"{self.folder} does not look like the state of a local cloud", fix="delete it by hand"
            )
        with lock.exclusive(self.folder, self.say, LOCK_PATIENCE):
            process.stop([*state.leftovers(self.folder), *process.marked(marker(self.folder))], self.grace)
            shutil.rmtree(self.folder)

    def status(self) -> list[Row]:
        """Every process of the table and what it is doing now."""
        current = state.read(self.folder)
        return [self._row(spec.name, current.processes.get(spec.name)) for spec in self.specs]

    def running(self) -> CloudState:
        """The state when everything runs. Raises NotRunning otherwise, with the name of what does not."""
        current = state.read(self.folder)
        if not current.processes:
            raise NotRunning
        for spec in self.specs:
            record = current.processes.get(spec.name)
            if record is None or not process.runs(record.pid, record.identity):
                raise NotRunning(f"{spec.name} of the local cloud is not running (its log: {self.log(spec.name)})")
        return current

    def log(self, name: str) -> Path:
        """Where a process writes what it has to say."""
        return self.folder / "logs" / f"{name}.log"

    def _row(self, name: str, record: Record | None) -> Row:
        log = str(self.log(name))
        if record is None:
            return Row(name, STOPPED, 0, 0, "", log)
        condition = DEAD
        if process.runs(record.pid, record.identity):
            condition = RUNNING if ports.answers(record.port) else SILENT
        return Row(name, condition, record.pid, record.port, record.started, log)

    def _start(self, current: CloudState, todo: plan.Plan) -> CloudState:
        """Start in order of `after`; what was kept is asked too, an interrupted `up` may have left it half way."""
        layout = Layout(self.folder, todo.ports)
        waiting = list(todo.start)
        since = {spec.name: time.monotonic() for spec in self.specs if spec not in todo.start}
        while waiting or since:
            blocked = {spec.name for spec in waiting} | since.keys()
            for spec in [s for s in waiting if not blocked.intersection(s.after)]:
                waiting.remove(spec)
                current = current.with_process(spec.name, self._spawn(spec, layout))
                state.write(self.folder, current)
                since[spec.name] = time.monotonic()
                self.say(f"{spec.name}: starting")
            for spec in [s for s in self.specs if s.name in since]:
                if self._is_ready(spec, current.processes[spec.name], since[spec.name]):
                    del since[spec.name]
            if since:
                time.sleep(POLL_SECONDS)
        return current

    def _spawn(self, spec: Spec, layout: Layout) -> Record:
        log = self.log(spec.name)
        if log.is_file() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.old"))
        child = process.start(spec.command(layout), process_environment(spec, layout), self.folder, log)
        self._children[spec.name] = child
        further = {name: layout.ports[f"{spec.name}.{name}"] for name in spec.further_ports}
        return Record(
            pid=child.pid,
            identity=process.identity(child.pid),
            port=layout.ports[spec.name],
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            ports=further,
        )

    def _is_ready(self, spec: Spec, record: Record, since: float) -> bool:
        elapsed = time.monotonic() - since
        answered = spec.ready(record.port) and ports.is_held_by(record.port, record.pid)
        if not process.runs(record.pid, record.identity):
            child = self._children.get(spec.name)
            code = f" (exit code {child.wait()})" if child else ""
            raise self._failure(spec.name, f"ended while it was starting{code}")
        if answered:
            if spec.name in self._children:
                self.say(f"{spec.name}: ready on port {record.port} ({elapsed:.1f} s)")
            return True
        if elapsed > spec.deadline:
            process.stop([(record.pid, record.identity)], self.grace)
            raise self._failure(spec.name, f"did not answer on port {record.port} within {spec.deadline:.0f} s")
        return False

    def _failure(self, name: str, what: str) -> LocalCloudError:
        return LocalCloudError(
            f"{name} {what}; last lines of {self.log(name)}:\n{self._tail(name)}",
            fix=f"correct what the log says, then `{environment.command()} up` again",
        )

    def _stop(self, current: CloudState, names: Sequence[str]) -> tuple[str, ...]:
        records = {name: current.processes[name] for name in names if name in current.processes}
        running = tuple(n for n, r in records.items() if process.runs(r.pid, r.identity))
        killed = process.stop([(r.pid, r.identity) for r in records.values()], self.grace)
        for name, record in records.items():
            if record.pid in killed:
                self.say(f"{name}: did not end within {self.grace:.0f} s and was killed")
        return running

    def _stop_strays(self, current: CloudState) -> None:
        """Ends what a command started that was killed before it could write it down: it would work on the same data."""
        known = {record.pid for record in current.processes.values()}
        strays = [stray for stray in process.marked(marker(self.folder)) if stray[0] not in known]
        if strays:
            self.say(
                f"stopping what an interrupted command left behind: pid {', '.join(str(pid) for pid, _ in strays)}"
            )
            process.stop(strays, self.grace)

    def _tail(self, name: str) -> str:
        try:
            lines = self.log(name).read_text(errors="replace").splitlines()[-TAIL_LINES:]
        except FileNotFoundError:
            lines = ["(no log)"]
        return "\n".join(f"  {line}" for line in lines)
