"""One page an object: what it is, its columns or arguments, who writes it, who reads it, and a picture of both."""

from __future__ import annotations

from pathlib import Path

from catalog.model import MaterializedView, Partitioning, RangePartitioning, Routine, Table, View
from catalog.personal import marked, meaning
from catalog.reference import lineage, markdown
from catalog.reference.columns import column_type
from catalog.reference.scope import ResultColumn
from catalog.reference.site import INDEX, SINGULAR, TITLES, Site, relative
from catalog.reference.usage_sections import procedure_sections, reading_sections, writing_section
from catalog.schema import walk

# Longer expressions are better read in the file.
LONGEST_EXPRESSION = 110


def object_page(site: Site, name: str) -> str:
    """The page of one declared object as Markdown."""
    declared = site.catalog.objects[name]
    page = site.page(name)
    body = _head(site, name)
    if isinstance(declared, Table):
        body += _facts(_layout(declared)) + _table_columns(declared) + writing_section(site, declared)
    elif isinstance(declared, View):
        body += _facts(_refresh(declared)) + _result_columns(site, name, "Columns")
    else:
        body += _arguments(declared) + _result(site, declared)
        if declared.kind == "PROCEDURE":
            body += procedure_sections(site, name)
    body += reading_sections(site, name)
    body += ["", "## Lineage", "", *lineage.neighbourhood(site, name)]
    legend = markdown.link("the legend", relative(page, lineage.PAGE) + "#legend")
    return "\n".join([*body, "", f"Shapes and colours: {legend}.", ""])


def _head(site: Site, name: str) -> list[str]:
    declared = site.catalog.objects[name]
    page, folder = site.page(name), site.folder(name)
    trail = markdown.link("Reference", relative(page, INDEX))
    kind = markdown.link(TITLES[folder], f"{relative(page, INDEX)}#{TITLES[folder].lower().replace(' ', '-')}")
    file = markdown.link(markdown.code(declared.path.as_posix()), relative(page, declared.path))
    ownership = _ownership(declared) if isinstance(declared, Table) else SINGULAR[folder]
    lines = [f"# {markdown.code(name)}", "", f"{trail} / {kind} · {ownership} · {file}", ""]
    lines += [f"**{markdown.text(declared.description)}**"]
    comment = site.head(page, name)
    if comment:
        lines += ["", comment]
    present = site.present_form(name)
    if present:
        lines += ["", f"At the present moment: {site.link(page, present)}."]
    return lines


def _ownership(table: Table) -> str:
    return "source table: loaded from outside" if table.is_source else "owned table"


def _facts(facts: dict[str, str]) -> list[str]:
    kept = [[f"**{title}**", value] for title, value in facts.items() if value]
    return ["", "| | |", "|---|---|", *(f"| {title} | {value} |" for title, value in kept)] if kept else []


def _layout(table: Table) -> dict[str, str]:
    labels = ", ".join(markdown.code(f"{key}={value}") for key, value in sorted(table.labels.items()))
    filtered = "; every query must filter on it" if table.require_partition_filter else ""
    return {
        "Primary key": f"{_codes(table.primary_key)} (not enforced by BigQuery)" if table.primary_key else "",
        "Partitioned": _partitioning(table.partitioning) + filtered if table.partitioning else "no",
        "Clustered by": _codes(table.clustering) or "nothing",
        "Retention": _retention(table),
        "Labels": labels,
    }


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(map(markdown.code, names))


def _partitioning(partitioning: Partitioning) -> str:
    field = markdown.code(partitioning.field)
    if isinstance(partitioning, RangePartitioning):
        return f"by {field}, {partitioning.start} to {partitioning.end} in steps of {partitioning.interval}"
    return f"by {partitioning.type.lower()} of {field}"


def _retention(table: Table) -> str:
    kept = table.kept_days
    return f"a partition is deleted after {kept:g} days" if kept else "no partition expires"


def _refresh(view: View) -> dict[str, str]:
    if not isinstance(view, MaterializedView):
        return {}
    minutes = view.refresh_interval_minutes
    interval = f" at most every {minutes:g} minutes" if minutes else ""
    return {
        "Refresh": f"by BigQuery{interval}" if view.enable_refresh else "by hand only",
        "Partitioned": _partitioning(view.partitioning) if view.partitioning else "",
        "Clustered by": _codes(view.clustering),
        "Staleness": markdown.code(view.max_staleness),
    }


def _table_columns(table: Table) -> list[str]:
    rows = [
        [
            markdown.code(path),
            markdown.code(column_type(column) if not column.fields else column.type),
            column.mode,
            markdown.code(column.default or ""),
            markdown.text(column.description),
            meaning(column.personal) if column.personal else "",
        ]
        for path, column in walk(table.columns)
    ]
    titles = ["Column", "Type", "Mode", "Default", "Description", "Personal data, and its erasure"]
    if not marked(table.columns):
        titles, rows = titles[:-1], [row[:-1] for row in rows]
    return ["", "## Columns", "", *markdown.table(titles, rows)]


def _arguments(routine: Routine) -> list[str]:
    if not routine.arguments:
        return ["", "## Arguments", "", "None."]
    rows = [
        [markdown.code(argument.name), argument.mode or "", markdown.code(argument.type.text)]
        for argument in routine.arguments
    ]
    return ["", "## Arguments", "", *markdown.table(["Argument", "Mode", "Type"], rows)]


def _result(site: Site, routine: Routine) -> list[str]:
    if routine.kind == "TABLE_VALUED_FUNCTION":
        return _result_columns(site, routine.name, "Result columns")
    if routine.kind == "PROCEDURE":
        return []
    stated = markdown.code(routine.return_sql_type.text) if routine.return_sql_type else "inferred from the body"
    language = " (JavaScript)" if routine.language == "JAVASCRIPT" else ""
    return ["", "## Returns", "", f"{stated}{language}"]


def _result_columns(site: Site, name: str, title: str) -> list[str]:
    page = site.page(name)
    rows = [
        [
            markdown.code(column.name),
            markdown.code(column.type),
            _origin(site, page, column),
            markdown.text(column.description),
        ]
        for column in site.results.of(name).values()
    ]
    return ["", f"## {title}", "", *markdown.table(["Column", "Type", "From", "Description"], rows)]


def _origin(site: Site, page: Path, column: ResultColumn) -> str:
    if column.source:
        owner, field = column.source
        label = markdown.code(owner if field == column.name else f"{owner}.{field}")
        return markdown.link(label, relative(page, site.page(owner)))
    expression = " ".join(column.expression.split())
    return markdown.code(expression) if len(expression) <= LONGEST_EXPRESSION else "computed, see the file"
