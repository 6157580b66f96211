"""Runs the user's program in a process of its own, with the engine's services on a port."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from embedded_engine.config import Value
from embedded_engine.errors import EngineError
from embedded_engine.monitor import Monitor
from embedded_engine.project import Project
from embedded_engine.provider import MESSAGE_LIMITS
from embedded_engine.run import Run

_HOST = Path(__file__).with_name("host.py")
# The SDK of a program keeps up to four calls per parallel step open; invokes and logs come on top.
_SPARE_WORKERS = 32


@contextlib.contextmanager
def serving(monitor: Monitor, parallel: int) -> Iterator[str]:
    """Serves a monitor; yields its address."""
    server = grpc.server(futures.ThreadPoolExecutor(parallel * 4 + _SPARE_WORKERS), options=MESSAGE_LIMITS)
    servicer: Any = monitor  # has the methods; the generated base classes add nothing
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(servicer, server)
    engine_pb2_grpc.add_EngineServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=1).wait()


@dataclass
class Program:
    """A program that can be run once."""

    project: Project
    config: dict[str, Value]
    _process: subprocess.Popen[str] | None = None
    _stopped: bool = False

    def run(self, run: Run, address: str) -> int:
        """Runs the program to its end and shows what it prints; returns its exit code."""
        if not self.project.program.exists():
            raise EngineError(f"the program {self.project.program} does not exist")
        command = [str(self.project.python), "-u", str(_HOST), json.dumps(self._specification(run, address))]
        # A session of its own: the terminal's Ctrl-C is for the engine, which then ends the program.
        self._process = subprocess.Popen(
            command,
            cwd=self.project.program.parent,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        with self._process as process:
            if self._stopped:
                process.terminate()
            for line in process.stdout or ():
                if not run.failed:
                    run.display.log("info", "", line.rstrip("\n"))
            return process.wait()

    def stop(self) -> None:
        """Ends the program. Safe to call at any time, also from a signal handler."""
        self._stopped = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def _specification(self, run: Run, address: str) -> dict[str, Any]:
        return {
            "program": str(self.project.program),
            "settings": {
                "monitor": address,
                "engine": address,
                "project": run.project,
                "stack": run.stack,
                "parallel": run.parallel,
                "dry_run": run.preview,
                "organization": "organization",
                "root_directory": str(self.project.folder),
            },
        }

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps({key: value.text for key, value in self.config.items()}),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps([key for key, value in self.config.items() if value.is_secret]),
        }
        binaries = self.project.python.parent
        if (binaries.parent / "pyvenv.cfg").exists():
            environment["VIRTUAL_ENV"] = str(binaries.parent)
            environment["PATH"] = f"{binaries}{os.pathsep}{environment.get('PATH', '')}"
        return environment
