"""What holds for the project as a whole: sizes, layers, collected tests, promises of the README."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]
PRODUCT = ("settings", "catalog", "components", "outputs", "policies", "scheduling", "operations", "local")
MACHINERY = ("embedded_engine", "gcp_local", "googlesql_gate")

# Layer -> what it must not import. Each folder's ruff.toml says the same, so that editors show it.
FORBIDDEN = {
    "settings": ("catalog", "components", "outputs", "policies", "scheduling", "operations", "local", *MACHINERY),
    "catalog": (
        *("pulumi", "pulumi_gcp", "components", "outputs", "policies", "scheduling", "operations", "local"),
        *MACHINERY,
    ),
    "components": ("outputs", "policies", "scheduling", "operations", "local", *MACHINERY),
    "policies": ("settings", "components", "outputs", "scheduling", "operations", "local", *MACHINERY),
    "scheduling": (
        *("pulumi", "pulumi_gcp", "google", "components", "outputs", "policies", "operations", "local"),
        *MACHINERY,
    ),
    "operations": ("components", "local", *MACHINERY),
    "local": ("components", "policies", *MACHINERY),
    "bootstrap": ("outputs", "policies", "scheduling", "operations", "local", *MACHINERY),
}
PACKAGES = sorted(path.parent.name for path in (PROJECT / "packages").glob("*/pyproject.toml"))


def tracked(*patterns: str) -> list[Path]:
    """Files of the project that git tracks or would (what it ignores is left out)."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True).stdout
    return [path for name in sorted(set(listed.split("\0"))) if (path := PROJECT / name).is_file()]


def product_files() -> list[Path]:
    return [path for path in tracked("*.py") if "tests" not in path.relative_to(PROJECT).parts]


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


def test_no_file_has_more_than_400_lines() -> None:
    sizes = {
        str(path.relative_to(PROJECT)): len(path.read_text(encoding="utf-8").splitlines()) for path in product_files()
    }
    assert {name: size for name, size in sizes.items() if size > 400} == {}


def test_no_function_has_more_than_60_lines_and_19_of_20_have_at_most_40() -> None:
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
def test_a_layer_imports_those_below_it_only(layer: str) -> None:
    files = tracked(f"{layer}/*.py")
    assert files
    wrong = {
        f"{path.relative_to(PROJECT)}: {name}"
        for path in files
        for name in imports(path)
        if belongs(name, FORBIDDEN[layer])
    }
    assert wrong == set()


def test_the_outputs_know_the_settings_only() -> None:
    names = imports(PROJECT / "outputs.py")
    assert {name for name in names if belongs(name, PRODUCT + MACHINERY) and not belongs(name, ("settings",))} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_nothing_of_the_product_and_of_other_packages_only_what_it_says_that_it_needs(
    package: str,
) -> None:
    project = tomllib.loads((PROJECT / "packages" / package / "pyproject.toml").read_text())["project"]
    tested = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for folder, needed in ((module(package), project["dependencies"]), ("tests", tested)):
        files = tracked(f"packages/{package}/{folder}/*.py")
        assert files
        others = {module(name) for name in PACKAGES if name != package} - {module(name) for name in needed}
        refused = (*PRODUCT, "tests", *others)
        names = {(path, name) for path in files for name in imports(path)}
        assert {f"{path.relative_to(PROJECT)}: {name}" for path, name in names if belongs(name, refused)} == set()


def module(package: str) -> str:
    return package.replace("-", "_")


def test_no_package_has_ever_heard_of_the_product() -> None:
    word = re.compile(r"(?<![a-z])eros(?![a-z])|captions?\b|docs/decisions", re.IGNORECASE)
    found = {
        f"{path.relative_to(PROJECT)}:{number}"
        for path in tracked("packages/*")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if word.search(line)
    }
    assert found == set()


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_ruff_reports_what_a_layer_must_not_import(layer: str) -> None:
    lines = [f"import {module}.x" for module in FORBIDDEN[layer]]
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--output-format", "concise"]
    command += ["--stdin-filename", str(PROJECT / layer / "x.py"), "-"]
    done = subprocess.run(command, cwd=PROJECT, input="\n".join(lines), capture_output=True, text=True, timeout=60)
    reported = {int(line) for line in re.findall(r":(\d+):\d+: TID251", done.stdout)}
    assert reported == set(range(1, len(lines) + 1)), done.stdout + done.stderr


# Tests


def test_every_file_that_defines_tests_is_collected() -> None:
    """Collected as `make test` and `make test-long` would, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    collected = {PROJECT / line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    defined = {
        path for path in tracked("tests/*.py") if any(node.name.startswith("test_") for node in functions(parsed(path)))
    }
    assert {str(path.relative_to(PROJECT)) for path in defined - collected} == set()


def visibly_holds_something(values: ast.expr) -> bool:
    """A literal, a constant of the module, or what a function of the tests answers for."""
    match values:
        case ast.List(elts=inner) | ast.Tuple(elts=inner) | ast.Set(elts=inner):
            return bool(inner)
        case ast.Dict(keys=keys):
            return bool(keys)
        case ast.Name(id=name):
            return name.isupper()
        case ast.Call(
            func=ast.Name(id="sorted" | "zip" | "enumerate" | "reversed" | "list" | "set" | "dict"), args=[inner, *_]
        ):
            return visibly_holds_something(inner)  # they hold what they are given
        case ast.Call(func=ast.Name()):
            return True
        case ast.Call(func=ast.Attribute(value=inner)):
            return visibly_holds_something(inner) and not isinstance(inner, ast.Call)
    return False


def passes_on_nothing(test: ast.FunctionDef) -> bool:
    """All that it asserts stands in loops over what may be empty."""
    if any(isinstance(node, ast.With) and "raises" in ast.unparse(node.items[0]) for node in ast.walk(test)):
        return False
    loops = [node for node in ast.walk(test) if isinstance(node, ast.For)]
    idle = [loop for loop in loops if not visibly_holds_something(loop.iter)]
    inside = {id(node) for loop in idle for node in ast.walk(loop) if isinstance(node, ast.Assert)}
    asserts = [node for node in ast.walk(test) if isinstance(node, ast.Assert)]
    return bool(asserts) and all(id(node) in inside for node in asserts)


def test_no_test_passes_because_a_loop_had_nothing_to_do() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{node.lineno}: assert first that there is something to look at"
        for path in tracked("tests/*.py", "packages/*/tests/*.py")
        for node in functions(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and passes_on_nothing(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("body", "idle"),
    [
        ("for x in found(): assert x", False),
        ("for x in y.items(): assert x", True),
        ("for x in []: assert x", True),
        ("for x in [1]: assert x", False),
        ("assert y\n    for x in y: assert x", False),
        ("for x in root.glob('*'): assert x", True),
        ("for x in sorted(y): assert x", True),
        ("for x in enumerate([1]): assert x", False),
    ],
)
def test_a_loop_that_may_do_nothing_is_told_from_others(body: str, idle: bool) -> None:
    [test] = ast.parse(f"def test_x(y, root):\n    {body}").body
    assert isinstance(test, ast.FunctionDef)
    assert passes_on_nothing(test) is idle


# Texts


def test_every_path_of_the_readmes_table_exists() -> None:
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


def test_the_requirements_name_no_registry() -> None:
    option = re.compile(r"https?://|(^|\s)(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", re.MULTILINE)
    files = tracked("requirements/*")
    assert files
    assert [path.name for path in files if option.search(path.read_text(encoding="utf-8"))] == []


def test_every_package_that_is_needed_with_extras_has_a_pin_with_extras() -> None:
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


def test_no_file_names_a_path_of_a_machine() -> None:
    machine = re.compile(rf"/(root|tmp|Users)/|/home/\w+/|{re.escape(str(PROJECT))}\b")
    found = {
        f"{path.relative_to(PROJECT)}: {match[0]}"
        for path in tracked()
        if (match := machine.search(path.read_bytes().decode(errors="replace")))
    }
    assert found == set()


# The picture


def room(path: Path) -> str:
    """The part of the house that a file belongs to, as docs/house.md calls it."""
    parts = path.relative_to(PROJECT).parts
    if parts[0] == "packages":
        return module(parts[1])
    return "program" if parts[0] == "__main__.py" else parts[0].removesuffix(".py")


def entry_points_of(path: Path) -> dict[str, list[str]]:
    """The modules that a pyproject.toml offers, by group."""
    groups = tomllib.loads(path.read_text(encoding="utf-8"))["project"].get("entry-points", {})
    return {group: [target.partition(".")[0] for target in points.values()] for group, points in groups.items()}


def arrows_of_the_code() -> set[str]:
    """Every import between two parts, every entry point from who asks for it, every part that speaks to Google."""
    files = [path for path in product_files() if path.parent.name != "scripts"]
    rooms = {room(path) for path in files}
    google = ("google.cloud", "google.auth", "google.api_core", "pulumi_gcp")
    found = set()
    for path in files:
        here, names = room(path), imports(path)
        found |= {f"{here} --> {there}" for there in rooms - {here} if any(belongs(name, (there,)) for name in names)}
        if any(belongs(name, google) for name in names):
            found.add(f"{here} ==> google")
        asked = re.findall(r"entry_points\(group=\"([\w.]+)\"", path.read_text(encoding="utf-8"))
        for offered in map(entry_points_of, tracked("pyproject.toml", "packages/*/pyproject.toml")):
            found |= {f"{here} -.->|{group}| {there}" for group in asked for there in offered.get(group, ())}
    return found


def test_the_picture_of_the_house_shows_what_the_code_does() -> None:
    text = (PROJECT / "docs" / "house.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    drawn = [line.strip() for line in picture.splitlines() if re.search(r"-->|==>|\.->", line)]
    shown, there = set(drawn), arrows_of_the_code()
    assert len(there) > 20
    assert {"add": sorted(there - shown), "take out": sorted(shown - there)} == {"add": [], "take out": []}
    assert len(drawn) == len(shown)
    boxes = set(re.findall(r"^\s+(\w+)[\[({]", picture, re.MULTILINE))
    assert {end for arrow in drawn for end in (arrow.split()[0], arrow.split()[-1])} <= boxes


# Words

# Names that several rooms have for the same part of each: what they stand for is the same everywhere.
SHARED_MODULES = {
    "__main__": "what python runs of a folder",
    "catalog": "the package and the module of the class that it is about",
    "cli": "the commands that a room adds to eros",
    "errors": "the errors of a layer, each a family below the one under it",
    "model": "the data types of a layer",
    "placement": "the same Placement, from settings before a deployment, from outputs after it",
}


def product_modules() -> Iterator[tuple[str, Path]]:
    """Every module and package of the product by its last name."""
    for path in [
        *tracked(*(f"{name}/*.py" for name in (*PRODUCT, "bootstrap"))),
        *tracked("outputs.py", "__main__.py"),
    ]:
        yield path.parent.name if path.stem == "__init__" else path.stem, path


def shared(names: Iterable[tuple[str, Path]]) -> dict[str, list[str]]:
    """Names of more than one thing."""
    places: dict[str, list[str]] = {}
    for name, path in names:
        places.setdefault(name, []).append(str(path.relative_to(PROJECT)))
    return {name: found for name, found in places.items() if len(found) > 1}


def test_no_two_modules_of_the_product_share_a_name_for_different_things() -> None:
    found = shared(product_modules())
    assert {name: places for name, places in found.items() if name not in SHARED_MODULES} == {}
    assert SHARED_MODULES.keys() - found.keys() == set(), "no longer shared: take it out of the list"


def test_no_two_public_types_of_the_product_share_a_name() -> None:
    """Classes, and names for types that stand for something else than a class of that name."""
    found = shared(
        (name, path) for _, path in product_modules() for node in parsed(path).body if (name := _public_type(node))
    )
    assert found == {}


def _public_type(node: ast.stmt) -> str:
    """The name of a class or of a type that an assignment makes, '' for anything else."""
    if isinstance(node, ast.ClassDef):
        name = node.name
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        name = node.target.id if ast.unparse(node.annotation) == "TypeAlias" else ""
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id if ast.unparse(node.value).startswith(("Annotated[", "NewType(")) else ""
    else:
        return ""
    return "" if name.startswith("_") else name
