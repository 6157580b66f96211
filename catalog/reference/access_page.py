"""The page of access: account by account which resource, which role, and which statement needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.accounts import STARTED, Grant, grants_of_accounts, grants_of_weeks
from catalog.reference import markdown
from catalog.reference.site import ACCESS, Site
from catalog.report_views import report_views
from settings.roles import ACCOUNTS, CUSTOM, DEPLOYER, PEOPLE

HEAD = ["On", "Role", "Needed by"]
NOWHERE = {"project": "the project", "dataset": "the dataset"}


def access_page(site: Site) -> str:
    """Accounts that run schedules, whoever builds weeks, people, and who deploys."""
    lines = [
        "# Access",
        "",
        f"{markdown.link('Reference', 'README.md')} · what each account and each list of the configuration is granted, "
        "and which statement needs it. Custom roles belong to the stack: `eros_STACK_reader` and so on.",
        "",
        *markdown.table(["Custom role", "What it holds"], _roles()),
    ]
    for purpose, grants in grants_of_accounts(site.catalog).items():
        lines += ["", f"## {purpose}", "", *_account(site, purpose, grants)]
    if site.catalog.schedules:
        lines += ["", "## weekBuilders", "", "Whoever builds, cancels and exports weeks, and the job that does.", ""]
        lines += markdown.table(HEAD, _rows(site, grants_of_weeks(site.catalog)))
    lines += ["", "## Exporter", "", *EXPORTER, "", "## People", "", *_people(site)]
    lines += ["", "## Deployers", "", *DEPLOYERS, "", ", ".join(map(markdown.code, DEPLOYER)), ""]
    return "\n".join(lines)


EXPORTER = (
    "`exportAccount` writes spreadsheets that people share with it, and has no role in BigQuery: rows are read by "
    "whoever runs `eros export`, who acts as it (`roles/iam.serviceAccountTokenCreator` on it).",
)
DEPLOYERS = (
    "Whoever `deployers` names owns both datasets and may act as the accounts above (`roles/iam.serviceAccountUser` on "
    "each). In the project they need:",
)


def _roles() -> Iterator[list[str]]:
    for key, (does, permissions) in CUSTOM.items():
        yield [markdown.code(key), f"{markdown.text(does)}: {', '.join(map(markdown.code, permissions))}"]


def _account(site: Site, purpose: str, grants: Iterable[Grant]) -> Iterator[str]:
    schedules = [one for one in site.catalog.schedules.values() if one.account == purpose]
    links = ", ".join(site.schedule_link(ACCESS, one) for one in schedules) or "nothing"
    yield f"`{ACCOUNTS[purpose]}-STACK` runs {links}. The transfer service may sign in as it, and nobody else."
    yield ""
    yield from markdown.table(HEAD, _rows(site, grants))


def _rows(site: Site, grants: Iterable[Grant]) -> Iterator[list[str]]:
    for grant in grants:
        yield [_resource(site, grant), markdown.code(grant.role), ", ".join(_needs(site, grant))]


def _resource(site: Site, grant: Grant) -> str:
    if grant.kind == "table":
        return site.link(ACCESS, grant.on)
    return NOWHERE.get(grant.kind) or f"the {grant.on} bucket"


def _needs(site: Site, grant: Grant) -> Iterator[str]:
    for name, does in grant.needed_by:
        if does == STARTED and name in site.catalog.schedules:
            yield site.schedule_link(ACCESS, site.catalog.schedules[name])
        elif name in site.catalog.objects:
            yield f"{site.link(ACCESS, name)} ({markdown.text(does)})"
        else:
            yield f"{markdown.code(name)} ({markdown.text(does)})"


def _people(site: Site) -> Iterator[str]:
    rows = [
        [f"`{key}`", *(markdown.code(role) for role in (may.project, may.dataset, may.reports))]
        for key, may in PEOPLE.items()
    ]
    yield from markdown.table(["Key", "In the project", "On the dataset", "On its reports"], rows)
    shown = ", ".join(site.link(ACCESS, view.name) for view in report_views(site.catalog)) or "none"
    yield ""
    yield f"Reports, which stand a second time in the dataset DATASET\\_reports: {shown}."
