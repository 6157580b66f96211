"""The Dockerfile, step by step as commands: a virtual environment stands for the base image, a folder for its root.

The packages of the pins are here already, so that nothing is downloaded; pip still looks whether each pin is met.
"""

from __future__ import annotations

import fnmatch
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INSTRUCTION = re.compile(r"([A-Z]+)\s+(.+)")
SECRET = ("Pulumi.prod.yaml", "Pulumi.local.yaml", ".git/config", ".eros/state.json", ".venv/bin/python", "tests/x.py")


def instructions() -> list[tuple[str, str]]:
    """Name and argument of each instruction."""
    lines = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    found = [INSTRUCTION.fullmatch(line) for line in lines if line and not line.startswith("#")]
    return [(one[1], one[2]) for one in found if one]


def is_sent(path: str) -> bool:
    """Whether a file is in the build's context: the last pattern of .dockerignore that fits it, or a folder of it.

    docs.docker.com/build/concepts/context/#dockerignore-files
    """
    parts = path.split("/")
    places = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        names = places if anywhere == pattern else [place.rpartition("/")[2] for place in places]
        if any(place.count("/") == anywhere.count("/") and fnmatch.fnmatch(place, anywhere) for place in names):
            sent = line.startswith("!")
    return sent


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of its own that finds pip, and the packages of the pins and nothing else of this one."""
    folder = tmp_path_factory.mktemp("base") / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    stated = (ROOT / "requirements/program.txt").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", stated, re.MULTILINE))
    # Without those of other systems. pip would replace what is linked and of another version.
    here = {name: version for name, version in installed() if name in pins}
    assert {name: pins[name] for name in here} == here
    link(["pip", *here], folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages")
    return folder


def installed() -> Iterator[tuple[str, str]]:
    """Names, as requirements spell them, and versions of what is here."""
    for found in importlib.metadata.distributions():
        yield re.sub(r"[-_.]+", "-", found.name).lower(), found.version


def link(distributions: list[str], target: Path) -> None:
    """Links to what is installed here: a folder as a whole where it belongs to one distribution alone."""
    owners: defaultdict[Path, set[str]] = defaultdict(set)
    places: dict[Path, Path] = {}
    for name in distributions:
        for listed in importlib.metadata.files(name) or ():
            if ".." not in listed.parts and "__pycache__" not in listed.parts:
                places[Path(listed)] = Path(str(listed.locate()))
                for folder in Path(listed).parents:
                    owners[folder].add(name)
    for file, place in places.items():
        whole = next((one for one in list(file.parents)[-2::-1] if len(owners[one]) == 1), file)
        made = target / whole
        if not made.is_symlink():
            made.parent.mkdir(parents=True, exist_ok=True)
            made.symlink_to(Path(*place.parts[: len(place.parts) - len(file.parts) + len(whole.parts)]))


def context(folder: Path) -> None:
    """The files that a build is sent."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(is_sent, listed.stdout.splitlines()):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


@pytest.mark.timeout(300)
def test_every_step_of_the_dockerfile_works_and_ends_with_the_command(base: Path, tmp_path: Path) -> None:
    sent, image, variables = tmp_path / "context", tmp_path / "image", dict(environment(base))
    sent.mkdir()
    context(sent)
    work, ran = image, []
    for name, argument in instructions():
        match name:
            case "ENV":
                variables |= dict(word.split("=", 1) for word in argument.split())
            case "WORKDIR":
                work = image / argument.lstrip("/")
                work.mkdir(parents=True)
            case "COPY":
                *sources, target = argument.split()
                for source in sources:
                    copy(sent / source, work / target, into=target.endswith("/"))
            case "RUN":
                done = subprocess.run(argument, shell=True, cwd=work, env=variables, capture_output=True, text=True)
                assert done.returncode == 0, f"{argument}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                ran.append((argument, done.stdout))
    assert [command for command, _ in ran][-1] == "eros --help"
    assert "week" in ran[-1][1]
    assert "Successfully installed" not in ran[0][1]
    told = subprocess.run(
        ["eros", "week", "run", "--once", "--stack", "prod"],
        cwd=work, env={**variables, "EROS_PLACEMENT": "{}"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    assert "EROS_PLACEMENT is no placement" in told.stderr
    assert "Traceback" not in told.stderr


def environment(base: Path) -> Iterator[tuple[str, str]]:
    """What the steps see: the base's Python first, and nothing of this project."""
    for name, value in os.environ.items():
        if not name.startswith(("PYTHON", "PULUMI", "GOOGLE", "EROS")):
            yield name, value
    yield "PATH", f"{base / 'bin'}:{os.environ['PATH']}"
    yield "VIRTUAL_ENV", str(base)


def copy(source: Path, target: Path, *, into: bool) -> None:
    """As COPY does: the contents of a folder, or a file into a folder."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
        return
    place = target / source.name if into or target.is_dir() else target
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, place)


def test_packages_come_by_hash_from_a_tagged_base_and_nobody_is_root_at_the_end() -> None:
    found = instructions()
    assert [argument for name, argument in found if name == "FROM"] == ["python:3.13-slim-bookworm"]
    installs = [argument for name, argument in found if name == "RUN" and "pip install" in argument]
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    assert [argument for name, argument in found if name == "USER"] == ["10001:10001"]
    assert found[-1] == ("ENTRYPOINT", '["eros"]')
    assert not [name for name, _ in found if name in ("ADD", "ARG")]


def test_the_build_is_sent_what_it_copies_and_no_state_no_secret_and_no_history() -> None:
    assert not [path for path in SECRET if is_sent(path)]
    assert not is_sent("packages/plain-command/tests/test_x.py")
    assert not is_sent("operations/__pycache__/cli.pyc")
    copied = [source for name, argument in instructions() if name == "COPY" for source in argument.split()[:-1]]
    for source in copied:
        files = [source] if (ROOT / source).is_file() else [f"{source}/x.py", f"{source}/deeper/x.sql"]
        assert all(map(is_sent, files)), source
