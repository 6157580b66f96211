"""Decides what `up` has to do: which processes stay, which are started, and on which ports. Starts nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from gcp_local import environment
from gcp_local.supervisor import ports, process
from gcp_local.supervisor.errors import LocalCloudError
from gcp_local.supervisor.ports import Reservation
from gcp_local.supervisor.specs import Spec
from gcp_local.supervisor.state import CloudState


@dataclass(frozen=True)
class Plan:
    """`start` in table order; `stop` are the names of running ones among them; `ports` as in `Layout`."""

    start: tuple[Spec, ...]
    stop: tuple[str, ...]
    died: tuple[str, ...]
    ports: Mapping[str, int]


def make(
    specs: Sequence[Spec], state: CloudState, base: int | None, reserved: Reservation, say: Callable[[str], None]
) -> Plan:
    """Keep what runs with the right ports; start the rest, where no port is stated on `reserved` ones.

    Raises LocalCloudError when a stated port is taken.
    """
    alive = {name for name, record in state.processes.items() if process.runs(record.pid, record.identity)}
    chosen = _choose(specs, state, alive, base, reserved, say)
    moved = {name for name in chosen if state.ports.get(name) != chosen[name]}
    starting = tuple(s for s in specs if s.name not in alive or s.name in moved or moved.intersection(s.needs))
    return Plan(
        start=starting,
        stop=tuple(s.name for s in starting if s.name in alive),
        died=tuple(name for name in state.processes if name not in alive),
        ports=_named(specs, chosen),
    )


def _choose(
    specs: Sequence[Spec],
    state: CloudState,
    alive: set[str],
    base: int | None,
    reserved: Reservation,
    say: Callable[[str], None],
) -> dict[str, tuple[int, ...]]:
    stated = _stated(specs, base) if base is not None else {}
    chosen: dict[str, tuple[int, ...]] = {}
    for spec in specs:
        kept = state.ports.get(spec.name, ())
        if spec.name in alive:
            if stated and stated[spec.name] != kept:
                raise LocalCloudError(
                    f"{spec.name} already runs on port {kept[0]}",
                    fix=f"{environment.command()} down, then up with the new ports",
                )
            chosen[spec.name] = kept
        elif stated:
            _reserve(spec.name, stated[spec.name], reserved)
            chosen[spec.name] = stated[spec.name]
        elif kept and all(map(reserved.take, kept)):
            chosen[spec.name] = kept
    return chosen | _fresh([s for s in specs if s.name not in chosen], state, reserved, say)


def _stated(specs: Sequence[Spec], base: int) -> dict[str, tuple[int, ...]]:
    """Ports counted up from `base` in table order."""
    stated, following = {}, base
    for spec in specs:
        count = 1 + len(spec.further_ports)
        stated[spec.name] = tuple(range(following, following + count))
        following += count
    return stated


def _reserve(name: str, wanted: Sequence[int], reserved: Reservation) -> None:
    for port in wanted:
        if not reserved.take(port):
            holder = ports.holder(port) or "another process"
            raise LocalCloudError(
                f"port {port}, meant for {name}, is taken by {holder}",
                fix="stop it, or choose other ports with --port-base",
            )


def _fresh(
    specs: Sequence[Spec], state: CloudState, reserved: Reservation, say: Callable[[str], None]
) -> dict[str, tuple[int, ...]]:
    taken = set(chain.from_iterable(state.ports.values()))
    count = sum(1 + len(spec.further_ports) for spec in specs)
    found = [port for port in reserved.free(count + len(taken)) if port not in taken]
    fresh = {}
    for spec in specs:
        count = 1 + len(spec.further_ports)
        fresh[spec.name], found = tuple(found[:count]), found[count:]
        if spec.name in state.ports:
            old = state.ports[spec.name][0]
            say(f"{spec.name}: port {old} is taken by {ports.holder(old) or 'another process'}, moves to another")
    return fresh


def _named(specs: Sequence[Spec], chosen: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    named = {}
    for spec in specs:
        main, *further = chosen[spec.name]
        named[spec.name] = main
        named |= {f"{spec.name}.{name}": port for name, port in zip(spec.further_ports, further, strict=True)}
    return named
