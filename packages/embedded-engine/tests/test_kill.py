"""kill -9 at any moment, then a plain `up`: the cloud and the state agree, nothing is lost, nothing is there twice.

A moment is before or after one of: a call to the provider, the replacement of one file. The engine runs in a process
of its own, which kills itself there; the toy cloud lives on in the test's process.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from toy_cloud import ToyCloud, ToyProvider, serve
from toy_stack import Ref, Resource, ToyStack, box, group, item

from embedded_engine import blobs, crypter
from embedded_engine.provider import Provider

KILLS = 50
SEED = 20240617


def declared(place: str) -> list[Resource]:
    """A program in which another place replaces some resources in both ways, with a cascade, and updates others."""
    return [
        group("g"),
        box("crate", parent="g", place=place),
        *(item(f"in{number}", parent="g", inside=Ref("crate"), value=str(number)) for number in range(3)),
        item("mover", place=place),
        item("label", value=Ref("mover", "address")),
        box("shelf", place="fixed", depends_on=["mover"]),
        item("on", inside=Ref("shelf"), value=place),
    ]


BASE: dict[str, list[Resource]] = {"up": [], "destroy": declared("x"), "replace": declared("x")}
NAMES = {resource.name for resource in declared("x")} - {"g"}


def operate(stack: ToyStack, scenario: str) -> bool:
    result = stack.destroy() if scenario == "destroy" else stack.up(*declared("y" if scenario == "replace" else "x"))
    return result.outcome.succeeded


def operate_and_die(folder: Path, port: int, scenario: str, moment: int, counted: Any) -> None:
    """Runs in the child: counts moments and kills this process at the given one (never, if negative)."""
    crypter._ROUNDS = 10
    lock = threading.Lock()

    def moment_passes() -> None:
        with lock:
            counted.value += 1
            if counted.value == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    def surrounded(call: Callable[..., Any]) -> Callable[..., Any]:
        def around(*arguments: Any, **named: Any) -> Any:
            moment_passes()
            result = call(*arguments, **named)
            moment_passes()
            return result

        return around

    blobs.replace = surrounded(blobs.replace)
    Provider._call = surrounded(Provider._call)  # type: ignore[method-assign]
    stack = ToyStack(folder, port, ToyCloud(folder / "cloud.db"))
    assert operate(stack, scenario)


class Scene:
    """A stack in the state before an operation, which can be begun anew any number of times."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self.scenario, self._folder, self._count = scenario, folder, 0
        self._before = folder / "before"
        self._before.mkdir()
        with self.opened(self._before) as (stack, _):
            assert stack.up(*BASE[scenario]).outcome.succeeded
        self.moments = self._count_moments()

    @contextmanager
    def opened(self, folder: Path) -> Iterator[tuple[ToyStack, int]]:
        """A stack with its cloud, whose provider runs while the block does and ends what it was asked for."""
        cloud = ToyCloud(folder / "cloud.db")
        with futures.ThreadPoolExecutor(32) as pool:
            server, port = serve(ToyProvider(cloud), pool=pool)
            try:
                yield ToyStack(folder, port, cloud), port
            finally:
                server.stop(None)

    def fresh(self) -> Path:
        self._count += 1
        return Path(shutil.copytree(self._before, self._folder / f"run{self._count}"))

    def run_child(self, folder: Path, port: int, moment: int) -> tuple[int, int]:
        """Returns the child's exit code and how many moments passed."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        counted = context.Value("i", 0, lock=False)  # a lock would die with the child
        child = context.Process(target=operate_and_die, args=(folder, port, self.scenario, moment, counted))
        child.start()
        child.join(60)
        assert child.exitcode is not None, "the child hangs"
        return child.exitcode, counted.value

    def _count_moments(self) -> int:
        folder = self.fresh()
        with self.opened(folder) as (_, port):
            code, moments = self.run_child(folder, port, -1)
        assert code == 0
        return moments


@pytest.fixture(scope="module", params=["up", "destroy", "replace"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    rounds, crypter._ROUNDS = crypter._ROUNDS, 10
    yield Scene(tmp_path_factory.mktemp(request.param), request.param)
    crypter._ROUNDS = rounds


def check_whole(stack: ToyStack, cloud: ToyCloud) -> None:
    """The cloud and the state hold every resource exactly once, and the same of each."""
    objects = cloud.objects()
    assert stack.ids() == sorted(objects)
    recorded = stack.recorded
    assert set(recorded) == NAMES | {"g"}
    assert Counter(entry["urn"] for entry in stack.document["resources"]).most_common(1)[0][1] == 1
    for name in NAMES:
        inputs = {key: value for key, value in recorded[name]["inputs"].items() if key != "__defaults"}
        assert objects[recorded[name]["id"]] == inputs
    text = json.dumps(stack.document)
    assert "pending_operations" not in text
    assert '"delete": true' not in text
    assert "pendingReplacement" not in text


@pytest.mark.slow
@pytest.mark.timeout(170)
def test_a_plain_up_after_a_kill_makes_everything_whole(scene: Scene) -> None:
    share = KILLS // 3 + 1
    moments = sorted(random.Random(f"{SEED}{scene.scenario}").sample(range(1, scene.moments), share))
    assert moments
    for moment in moments:
        folder = scene.fresh()
        with scene.opened(folder) as (_, port):
            code, passed = scene.run_child(folder, port, moment)
            assert code == (-signal.SIGKILL if passed >= moment else 0), (moment, code)
        # The provider outlives the engine: what it was asked for last has ended before the next engine looks.
        with scene.opened(folder) as (stack, _):
            place = "y" if scene.scenario == "replace" else "x"

            result = stack.up(*declared(place))

            context = f"killed at moment {moment} of {scene.moments} of {scene.scenario}: {result.shown.logs}"
            assert result.outcome.succeeded, context
            check_whole(stack, stack.cloud)
            events = stack.cloud.events()
            assert stack.up(*declared(place)).counts == {"same": len(NAMES) + 2}, context
            assert stack.cloud.events() == events, context
        shutil.rmtree(folder)
