"""What holds for the project as a whole: sizes, layers, collected tests, promises of the README."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]
OURS = ("settings", "catalog", "components", "outputs", "operations", "local_cloud")

# Layer -> what it must not import. Each folder's ruff.toml says the same, so that editors show it.
FORBIDDEN = {
    "settings": ("catalog", "components", "outputs", "operations", "local_cloud"),
    "catalog": ("pulumi", "pulumi_gcp", "components", "outputs", "operations", "local_cloud"),
    "components": ("outputs", "operations", "local_cloud"),
    "operations": ("components", "local_cloud"),
    "packages/embedded-engine/embedded_engine": ("settings", "catalog", "components", "outputs", "operations"),
}


def tracked(*patterns: str) -> list[Path]:
    """Files of the project that git tracks or would (what it ignores is left out)."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True).stdout
    return [path for name in sorted(set(listed.split("\0"))) if (path := PROJECT / name).is_file()]


def product_files() -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(PROJECT).parts[0] != "tests"]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imports(path: Path) -> set[str]:
    """The full names of the modules that a file imports, in functions too."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(PROJECT).parts[: -node.level] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def belongs(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules)


# Sizes


def test_no_file_has_more_than_400_lines():
    sizes = {
        str(path.relative_to(PROJECT)): len(path.read_text(encoding="utf-8").splitlines()) for path in product_files()
    }
    assert {name: size for name, size in sizes.items() if size > 400} == {}


def test_no_function_has_more_than_60_lines_and_19_of_20_have_at_most_40():
    lengths = {
        f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in product_files()
        for node in functions(parsed(path))
    }
    assert {name: length for name, length in lengths.items() if length > 60} == {}
    long = [name for name, length in lengths.items() if length > 40]
    assert len(long) <= len(lengths) * 0.05, long


# Layers


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_imports_those_below_it_only(layer: str):
    files = tracked(f"{layer}/*.py")
    assert files
    wrong = {
        f"{path.relative_to(PROJECT)}: {name}"
        for path in files
        for name in imports(path)
        if belongs(name, FORBIDDEN[layer])
    }
    assert wrong == set()


def test_the_outputs_know_the_settings_only():
    assert {
        name for name in imports(PROJECT / "outputs.py") if belongs(name, OURS) and not belongs(name, ("settings",))
    } == set()


def test_the_engine_imports_nothing_of_the_local_cloud_but_itself():
    wrong = {
        f"{path.relative_to(PROJECT)}: {name}"
        for path in tracked("packages/embedded-engine/embedded_engine/*.py")
        for name in imports(path)
        if belongs(name, ("local_cloud",)) and not belongs(name, ("embedded_engine",))
    }
    assert wrong == set()


def test_no_product_code_but_its_own_imports_the_local_cloud():
    wrong = {
        str(path.relative_to(PROJECT))
        for path in product_files()
        if path.relative_to(PROJECT).parts[0] != "local_cloud"
        and any(belongs(name, ("local_cloud",)) for name in imports(path))
    }
    assert wrong == set()


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_ruff_reports_what_a_layer_must_not_import(layer: str):
    lines = [f"import {module}.x" for module in FORBIDDEN[layer]]
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--output-format", "concise"]
    command += ["--stdin-filename", str(PROJECT / layer / "x.py"), "-"]
    done = subprocess.run(command, cwd=PROJECT, input="\n".join(lines), capture_output=True, text=True, timeout=60)
    reported = {int(line) for line in re.findall(r":(\d+):\d+: TID251", done.stdout)}
    assert reported == set(range(1, len(lines) + 1)), done.stdout + done.stderr


# Tests


def test_every_file_that_defines_tests_is_collected():
    """Collected as `make test` would, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    collected = {PROJECT / line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    defined = {
        path for path in tracked("tests/*.py") if any(node.name.startswith("test_") for node in functions(parsed(path)))
    }
    assert {str(path.relative_to(PROJECT)) for path in defined - collected} == set()


# Texts


def test_every_path_of_the_readmes_table_exists():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^#+ Where to change what\n(.*?)(?=^#|\Z)", readme, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    assert section, "README.md has no section 'Where to change what'"
    rows = [line for line in section[1].splitlines() if line.startswith("|")][2:]
    assert rows, "the section has no table"
    assert [row for row in rows if not _paths(row)] == [], "a row names no path"
    # `sql/tables/NAME.sql` stands for the files of that folder.
    globs = [re.sub(r"\b[A-Z]{3,}\b", "*", path) for row in rows for path in _paths(row)]
    assert [path for path in globs if not any(PROJECT.glob(path))] == []


def _paths(row: str) -> list[str]:
    """What stands in backticks and looks like a path, not like a command."""
    quoted = re.findall(r"`([^`\s]+)`", row)
    return [text.strip("/") for text in quoted if "/" in text or re.fullmatch(r"[\w.]+\.\w+", text)]


def test_the_requirements_name_no_registry():
    option = re.compile(r"https?://|(^|\s)(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", re.MULTILINE)
    files = tracked("requirements/*")
    assert files
    assert [path.name for path in files if option.search(path.read_text(encoding="utf-8"))] == []


def test_every_package_that_is_needed_with_extras_has_a_pin_with_extras():
    """pip before 23.3 (that of Python 3.11 and 3.12) takes the pin without them for another package's."""
    text = (PROJECT / "requirements" / "program.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([\w.\[\]-]+)==([^\s;]+)", text, re.MULTILINE))
    needed = {
        f"{canonical(requirement.name)}[{','.join(sorted(requirement.extras))}]"
        for name in pins
        if "[" not in name
        for requirement in requirements_of(name)
        if requirement.extras
    }
    assert needed
    assert needed - pins.keys() == set()
    assert {name: pins[name] for name in pins if "[" in name and pins[name] != pins[name.partition("[")[0]]} == {}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements_of(name: str) -> Iterator[Requirement]:
    """What an installed package always needs; one that is not for this system needs nothing."""
    try:
        listed = metadata.requires(name) or ()
    except metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, listed):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def test_no_file_names_a_path_of_a_machine():
    machine = re.compile(rf"/(root|tmp|Users)/|/home/\w+/|{re.escape(str(PROJECT))}\b")
    found = {
        f"{path.relative_to(PROJECT)}: {match[0]}"
        for path in tracked()
        if (match := machine.search(path.read_bytes().decode(errors="replace")))
    }
    assert found == set()
