"""A catalog that was read before is not read again, and any change of what it follows from is seen."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from catalog import Catalog, CatalogErrors, cache, load, load_cached, reader
from catalog.lint.clean_files import Verdicts
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.test_schedules import write as write_schedule
from tests.unit.catalog.test_volumes import write as write_volumes

ROOT = Path(__file__).parents[3]


class Forgetful(dict[str, Catalog]):
    """As if each reading were another process's."""

    def __setitem__(self, key: str, value: Catalog) -> None:
        pass


@pytest.fixture
def project(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tables, a procedure and its schedule, and an empty cache."""
    monkeypatch.setattr(cache, "_latest", Forgetful())
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.root / "cache"))
    project.root /= "project"
    write_schedule(project)
    write_volumes(project)
    return project.root


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The roots that were read from their files."""
    found: list[Path] = []

    def noted(root: Path, verdicts: Verdicts) -> Catalog:
        found.append(root)
        return load(root, verdicts)

    monkeypatch.setattr(cache, "load", noted)
    return found


def kept(project: Path) -> list[Path]:
    return list((project.parent / "cache" / "eros" / "catalog").iterdir())


def test_unchanged_files_are_read_once_and_give_the_same(project: Path, readings: list[Path]) -> None:
    first, second = load_cached(project), load_cached(project)
    assert readings == [project]
    assert first.order() == second.order()
    assert {n: t.columns for n, t in first.tables.items()} == {n: t.columns for n, t in second.tables.items()}
    assert first.schedules == second.schedules


def test_a_process_reads_what_is_kept_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_cached(project)
    monkeypatch.setattr(cache, "_latest", {})
    first = load_cached(project)
    assert load_cached(project) is first
    edit_sql(project)
    assert load_cached(project) is not first


def edit_sql(project: Path) -> None:
    path = project / "sql/tables/small.sql"
    path.write_text(path.read_text() + "-- edited\n")


def edit_config(project: Path) -> None:
    path = project / "config/schedules.yaml"
    path.write_text(path.read_text() + "# edited\n")


def rename_in_place(project: Path) -> None:
    (project / "sql/tables/small.sql.txt").write_text("")


CHANGES = {"a statement": edit_sql, "the configuration": edit_config, "a name alone": rename_in_place}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_any_file_is_read(project: Path, readings: list[Path], change: Any) -> None:
    load_cached(project)
    change(project)
    load_cached(project)
    assert len(readings) == 2


@pytest.mark.parametrize("name", ["sqlglot", "PyYAML"])
def test_another_version_of_what_reads_them_is_another_result(
    project: Path, readings: list[Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    load_cached(project)
    monkeypatch.setattr(reader, "version", lambda other: "0" if other == name else version(other))
    load_cached(project)
    assert len(readings) == 2


def test_the_code_that_reads_is_part_of_the_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = reader.modules()
    assert {"loader.py", "graph.py", "grammar.py", "plainyaml.py", "plans.py"} <= {path.name for path in modules}
    other = project / "graph.py"
    other.write_text("# another graph.py\n")
    before = reader.reader()
    monkeypatch.setattr(reader, "modules", lambda: [other if path.name == "graph.py" else path for path in modules])
    assert reader.reader() != before


def test_every_module_of_ours_that_reading_takes_is_part_of_the_key() -> None:
    program = "import sys, catalog.loader; print(*(one.__file__ for one in [*sys.modules.values()]"
    program += " if getattr(one, '__file__', None)), sep='\\n')"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60).stdout
    ours = {path for path in map(Path, said.splitlines()) if path.is_relative_to(ROOT) and ".venv" not in path.parts}
    assert len(ours) > 40
    assert ours - set(reader.modules()) == set()


def test_a_program_that_finds_the_catalog_kept_never_loads_the_sql_parser(project: Path) -> None:
    modules = [f"components.{path.stem}" for path in sorted((ROOT / "components").glob("*.py"))]
    program = f"import sys, {', '.join(modules)}; from catalog import load_cached; from pathlib import Path\n"
    program += "load_cached(Path(sys.argv[1])).order(); print('sqlglot' in sys.modules)"
    command = [sys.executable, "-c", program, str(project)]
    said = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout for _ in range(2)]
    assert said == ["True\n", "False\n"]


def test_a_copy_in_another_folder_is_the_same(project: Path, readings: list[Path]) -> None:
    load_cached(project)
    copy = shutil.copytree(project, project.with_name("copy"))
    assert load_cached(copy).tables.keys() == {"big", "small"}
    assert readings == [project]


def test_what_is_wrong_is_said_every_time_and_not_kept(project: Path) -> None:
    (project / "sql/tables/small.sql").write_text("CREATE TABLE")
    for _ in range(2):
        with pytest.raises(CatalogErrors, match=r"small\.sql"):
            load_cached(project)
    assert not (project.parent / "cache" / "eros" / "catalog").exists()


@pytest.mark.parametrize("content", [b"", b"cut", pickle.dumps("another thing")], ids=["empty", "cut", "other"])
def test_a_damaged_result_is_read_anew(project: Path, readings: list[Path], content: bytes) -> None:
    load_cached(project)
    [path] = kept(project)
    path.write_bytes(content)
    assert load_cached(project).tables
    assert len(readings) == 2


def test_what_others_could_have_written_is_not_read(project: Path, readings: list[Path]) -> None:
    load_cached(project)
    [path] = kept(project)
    path.chmod(0o666)
    load_cached(project)
    assert len(readings) == 2


def test_a_cache_that_cannot_be_kept_costs_time_only(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.parent / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.parent / "file"))
    assert load_cached(project).tables


def test_old_results_go(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 2)
    for number in range(4):
        (project / "config" / f"note{number}.txt").write_text("")
        load_cached(project)
    assert len(kept(project)) == 2


def test_a_linked_folder_is_refused_because_its_changes_would_not_be_seen(project: Path) -> None:
    (project / "sql/tables").rename(project / "elsewhere")
    (project / "sql/tables").symlink_to("../elsewhere")
    with pytest.raises(CatalogErrors, match="sql/tables: this folder is a link"):
        load_cached(project)


def test_a_file_that_is_saved_while_it_is_read_is_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project / "sql/tables/small.sql"
    before = path.read_text()

    def saved_meanwhile(root: Path, verdicts: Verdicts) -> Catalog:
        path.write_text(before.replace("note", "remark"))
        (root / "config/volumes.yaml").write_text((root / "config/volumes.yaml").read_text().replace("note", "remark"))
        return load(root, verdicts)

    volumes = (project / "config/volumes.yaml").read_text()
    monkeypatch.setattr(cache, "load", saved_meanwhile)
    load_cached(project)
    path.write_text(before)
    (project / "config/volumes.yaml").write_text(volumes)
    monkeypatch.setattr(cache, "load", load)
    assert "note" in {column.name for column in load_cached(project).tables["small"].columns}
