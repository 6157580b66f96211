"""What must be so before anything is deployed: one line a check, with what to do. Nothing is changed.

Permissions are asked for as Google answers them: `testIamPermissions` returns the subset that the caller has
(https://cloud.google.com/resource-manager/reference/rest/v1/projects/testIamPermissions). Columns of sources and the
live tables are compared by the program itself, which refuses in the preview: that is the last line.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import google.auth
from google.api_core.exceptions import NotFound
from google.auth.exceptions import GoogleAuthError

from catalog import analysis, load_cached
from catalog.errors import CatalogErrors
from operations import google_api, reach
from operations.clients import answering, bigquery_client
from operations.errors import CloudError
from operations.history import recorded
from operations.project import mapping, stack_file
from operations.review import git
from operations.review.dangers import broken, dangers
from operations.review.previewed import Plan
from operations.stack import Stack
from policies.rules import Facts
from settings.endpoints import IAM, RESOURCES, SERVICES
from settings.model import Settings

State = Literal["pass", "warn", "fail"]
SERVICE = "gcp:projects/service:Service"
SECONDS = 30.0
ACT_AS = "iam.serviceAccounts.actAs"
# What who deploys needs (README, "Deploy to Google Cloud"); those on a project are asked of the project.
PERMISSIONS = (
    "bigquery.jobs.create",
    "bigquery.datasets.create",
    "bigquery.datasets.get",
    "bigquery.datasets.update",
    "bigquery.datasets.getIamPolicy",
    "bigquery.datasets.setIamPolicy",
    "bigquery.tables.create",
    "bigquery.tables.get",
    "bigquery.tables.update",
    "bigquery.tables.updateData",
    "bigquery.tables.getData",
    "bigquery.tables.export",
    "bigquery.routines.create",
    "bigquery.routines.get",
    "bigquery.routines.update",
    "bigquery.routines.delete",
    "bigquery.transfers.get",
    "bigquery.transfers.update",
    ACT_AS,
    "storage.buckets.create",
    "storage.buckets.get",
    "storage.buckets.update",
    "storage.objects.create",
    "storage.objects.get",
    "storage.objects.list",
    "monitoring.alertPolicies.create",
    "monitoring.alertPolicies.update",
    "monitoring.notificationChannels.create",
    "logging.logMetrics.create",
    "logging.logMetrics.update",
    "serviceusage.services.enable",
    "resourcemanager.projects.getIamPolicy",
    "resourcemanager.projects.setIamPolicy",
)
# Without the others a stack that changes neither alerts nor grants can be deployed all the same.
NEEDED = ("bigquery.", "iam.", "storage.")


@dataclass(frozen=True, slots=True)
class Line:
    """One check: what was found, and what to do where it did not pass."""

    name: str
    state: State
    found: str
    fix: str = ""


def lines(stack: Stack, *, skip_tests: bool, say: Callable[[str], None]) -> Iterator[Line]:
    """The checks, one after the other; those that need an answer of the cloud come after the first that reached it."""
    yield _tools(stack)
    yield _tree(stack)
    yield from _secrets(stack)
    yield from _unfinished(stack)
    yield from _sql(stack, skip_tests=skip_tests, say=say)
    reached = _credentials(stack)
    yield reached
    if reached.state == "fail":
        return
    for check in (_project, _apis, _permissions, _dataset):
        try:
            yield check(stack)
        except CloudError as error:
            name = check.__name__.removeprefix("_")
            yield Line(name, "fail" if check in (_project, _dataset) else "warn", error.message, error.fix)


def of_preview(plan: Plan, settings: Settings) -> Iterator[Line]:
    """What the program said, which compares sources, live tables, access and foreign objects; what breaks a policy; and
    what is dangerous.
    """
    name = "schema and sources"
    if plan.refusals:
        yield Line(name, "fail", "; ".join(plan.refusals)[:2_000], "mend what it names")
        return
    yield Line(name, "pass", f"the live tables can take it: {len(plan.steps)} changes, {plan.unchanged} unchanged")
    for danger in (*broken(plan, Facts(settings.location, settings.protect)), *dangers(plan)):
        state: State = "fail" if danger.level == "refused" else "warn"
        yield Line("danger", state, f"{danger.title}: {danger.why}", danger.way)


def _tools(stack: Stack) -> Line:
    if shutil.which("git") is None:
        fix = "install git: a deployment without a recorded commit cannot be rolled back to"
        return Line("tools", "warn" if stack.settings.is_local else "fail", f"{stack.engine}; no git", fix)
    return Line("tools", "pass", f"{stack.engine}; git")


def _tree(stack: Stack) -> Line:
    head = git.line(stack.root, "rev-parse", "HEAD")
    protects: State = "fail" if stack.settings.protect else "warn"
    if not head:
        return Line("git", protects, "no commit: nobody could go back to this", "deploy from a clone with commits")
    if changed := git.line(stack.root, "status", "--porcelain"):
        first = changed.splitlines()[0].strip()
        return Line("git", protects, f"files that are not committed: {first}, ...", "commit, or git stash")
    return Line("git", "pass", f"commit {head[:12]}, nothing uncommitted")


def _secrets(stack: Stack) -> Iterator[Line]:
    """With a backend of files the stack file says how secrets are encrypted. Where it does not, the CLI makes up a salt
    and writes it there with every command: the tree is dirty, and an update of it cannot be rolled back to
    (seen with 3.260).
    """
    if recorded.backend(os.environ).partition("://")[0] in ("", "http", "https"):
        return
    path = stack_file(stack.root, stack.name)
    if {"encryptionsalt", "secretsprovider"}.isdisjoint(mapping(path)):
        fix = (
            f"pulumi stack change-secrets-provider passphrase -s {stack.name} (or gcpkms://KEY, docs/connecting-github"
            f".md), and commit {path.name}"
        )
        protects: State = "fail" if stack.settings.protect else "warn"
        yield Line("secrets", protects, f"{path.name} does not say how secrets are encrypted", fix)


def _unfinished(stack: Stack) -> Iterator[Line]:
    folder = stack.root / ".eros"
    for path, verb in (
        (folder / f"rollback-{stack.name}" / "journal.json", "rollback"),
        (folder / f"restore-{stack.name}.json", "restore"),
    ):
        if path.exists():
            fix = f"eros {verb} -s {stack.name} goes on with it, with --abandon it gives it up"
            yield Line("unfinished work", "fail", f"a {verb} is not finished", fix)


def _sql(stack: Stack, *, skip_tests: bool, say: Callable[[str], None]) -> Iterator[Line]:
    try:
        load_cached(stack.root)
        yield Line("lint", "pass", "the rules of sql/ and config/ hold")
        if skip_tests:
            yield Line("analyzer", "warn", "left out", "run it without --skip-tests")
        elif not analysis.is_installed():
            yield Line("analyzer", "warn", "not installed here: CI ran it", "scripts/setup --all")
        else:
            analysis.analyze_changed(stack.root, say)
            yield Line("analyzer", "pass", "every statement is typed")
    except CatalogErrors as errors:
        yield Line("lint", "fail", str(errors)[:2_000], "mend the files; make check says it all")


def _credentials(stack: Stack) -> Line:
    try:
        reach.check(os.environ)
        if stack.settings.is_local:
            return Line("credentials", "pass", "a local cloud, which is up")
        google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    except GoogleAuthError as error:
        return Line("credentials", "fail", " ".join(str(error).split()), "gcloud auth application-default login")
    except CloudError as error:
        return Line("credentials", "fail", error.message, error.fix)
    return Line("credentials", "pass", "application default credentials")


def _project(stack: Stack) -> Line:
    name = stack.settings.project
    found = google_api.get(RESOURCES, f"projects/{name}")
    if found is None or found.get("lifecycleState", "ACTIVE") != "ACTIVE":
        return Line("project", "fail", f"{name} is not there, or is not yours to see", "set project in the stack file")
    return Line("project", "pass", name)


def _apis(stack: Stack) -> Line:
    wanted = {
        str((one.get("inputs") or {}).get("service"))
        for one in (stack.resources() if stack.exists() else ())
        if one.get("type") == SERVICE
    } or {"bigquery.googleapis.com"}
    path = f"projects/{stack.settings.project}/services"
    found = google_api.pages(SERVICES, path, "services", filter="state:ENABLED")
    enabled = {str(one["name"]).rsplit("/", 1)[-1] for one in found}
    if missing := sorted(wanted - enabled):
        return Line("APIs", "warn", f"not enabled: {', '.join(missing)}", "the update enables what it declares")
    return Line("APIs", "pass", f"{len(wanted)} that the stack has recorded are enabled")


def _acts_as(project: str, email: str) -> bool:
    """A deployer may act as the stack's accounts, which the stack says, and as no other. A missing one is made."""
    account = f"projects/{project}/serviceAccounts/{email}"
    if google_api.get(IAM, account) is None:
        return True
    held = google_api.post(IAM, f"{account}:testIamPermissions", {"permissions": [ACT_AS]}).get("permissions") or ()
    return ACT_AS in held


def _permissions(stack: Stack) -> Line:
    path = f"projects/{stack.settings.project}:testIamPermissions"
    held = set(google_api.post(RESOURCES, path, {"permissions": list(PERMISSIONS)}).get("permissions") or ())
    if all(_acts_as(stack.settings.project, email) for email in stack.settings.account_emails.values()):
        held.add(ACT_AS)
    if missing := [name for name in PERMISSIONS if name not in held]:
        found = f"{len(missing)} of {len(PERMISSIONS)} are missing: {', '.join(missing)}"
        state: State = "fail" if any(name.startswith(NEEDED) for name in missing) else "warn"
        return Line(
            "permissions",
            state,
            found,
            "grant the roles that the README names (actAs: name yourself in deployers), or deploy as who has them",
        )
    return Line("permissions", "pass", f"all {len(PERMISSIONS)}")


def _dataset(stack: Stack) -> Line:
    settings = stack.settings
    where = f"{settings.project}.{settings.dataset}"
    client = bigquery_client(settings.project, settings.location)
    with answering(f"reading {where}"):
        try:
            found = client.get_dataset(where, timeout=SECONDS)
        except NotFound:
            return Line("dataset", "pass", f"{where} is not there yet: it will be made")
    if str(found.location).lower() != settings.location.lower():
        return Line(
            "dataset", "fail", f"{where} lies in {found.location}, not {settings.location}", "mend location in the file"
        )
    return Line("dataset", "pass", where)
