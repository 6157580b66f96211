"""Who is on the live dataset's access list and would be off it after this update: nobody loses access unseen.

The program states the list whole (docs/decisions/0009), so every other entry goes. While the dataset is not the
stack's yet (it carries no labels of it), that is refused; later it is somebody's change beside the stack, and a
warning. Not here: what the list is made of (`components.grants`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from components.live.reading import is_ours
from settings.errors import ErosError
from settings.model import DatasetGrant, Settings
from settings.types import PUBLIC

Entry = Mapping[str, Any]
# The fields of an entry that name a member, and what an IAM member begins with; a service account is a user there.
MEMBERS = {"userByEmail": "user:", "groupByEmail": "group:", "domain": "domain:", "specialGroup": "", "iamMember": ""}
ACCOUNT = ".gserviceaccount.com"


class AccessLost(ErosError):
    """Somebody would lose access to a dataset that is about to become the stack's."""


def refuse_lost_access(settings: Settings, dataset: Mapping[str, Any] | None) -> None:
    """Says who would lose access by this update; `dataset` is as the provider's getDataset shows it.

    Errors: AccessLost while the dataset was not the stack's and the entries are neither stated nor let go.
    """
    lost = list(_lost(settings, (dataset or {}).get("accesses") or ()))
    if not dataset or not lost:
        return
    names = "\n".join(f"  {name}" for name, _ in lost)
    entries = [entry for _, entry in lost if entry]
    message = (
        f"eros-platform:datasetAccess: this update takes these from the access list of {settings.dataset}:\n{names}"
    )
    fix = f"to keep them add to datasetAccess in Pulumi.{settings.stack}.yaml:\n{_pasted(entries)}"
    by_hand = f"what datasetAccess cannot state: take it off {settings.dataset} yourself if it may go"
    if len(entries) < len(lost):
        fix = f"{fix}\n  {by_hand}" if entries else by_hand
    if is_ours(dataset.get("labels") or {}, settings):
        pulumi.log.warn(f"{message}\n  fix: {fix}")
        return
    raise AccessLost(
        f"nothing was changed: {message}",
        fix=f"{fix}\n  to let them go, to revokedAccess there; all changes: eros adopt -s {settings.stack}",
    )


def _lost(settings: Settings, accesses: Sequence[Entry]) -> Iterator[tuple[str, dict[str, str] | None]]:
    """Each entry in words and, where the configuration can state it, as configuration."""
    keep = {_key(grant) for grant in stated(settings)} | {_key(grant) for grant in settings.revoked_access}
    for access in accesses:
        if str(access.get("userByEmail") or "").lower() in settings.account_emails.values():
            continue  # the stack's own, whatever the release before called its role
        grant = _grant(access)
        is_public = grant is not None and grant.member in PUBLIC
        if grant is None or (is_public and _key(grant) not in keep):
            yield f"{_words(access)} (datasetAccess cannot state it)", None
        elif _key(grant) not in keep:
            yield str(grant), grant.model_dump(exclude_none=True)


def stated(settings: Settings) -> list[DatasetGrant]:
    """Entries of the declared list, without those of the accounts that run schedules.

    There must be an owner ("Cannot remove all owners"): those of the project, and the deployers, since nobody else
    becomes one by creating it.
    """
    owners = [DatasetGrant(role="OWNER", member=member) for member in ("projectOwners", *settings.deployers)]
    caller = f"projects/{settings.project}/roles/{settings.run_role('caller')}"
    # Routines have no grants of their own in the provider.
    first = owners + [DatasetGrant(role=caller, member=member) for member in settings.week_members]
    people = [DatasetGrant(role=may.dataset, member=member) for may, member in settings.people if may.dataset]
    reports = DatasetGrant(dataset=f"{settings.project}.{settings.reports_dataset}")
    return list(dict.fromkeys([*first, *people, reports, *settings.dataset_access]))


def stated_of_reports(settings: Settings) -> list[DatasetGrant]:
    """The whole list of the dataset of the report views."""
    owners = [DatasetGrant(role="OWNER", member=member) for member in ("projectOwners", *settings.deployers)]
    people = [DatasetGrant(role=may.reports, member=member) for may, member in settings.people if may.reports]
    return list(dict.fromkeys([*owners, *people]))


def _grant(access: Entry) -> DatasetGrant | None:
    """The entry as `datasetAccess` states it; None where it cannot."""
    if access.get("conditions"):
        return None
    try:
        return DatasetGrant.model_validate(_configuration(access))
    except ValueError:
        return None


def _configuration(access: Entry) -> dict[str, str]:
    if view := _first(access, "views"):
        return {"view": _path(view, "tableId")}
    if routine := _first(access, "routines"):
        return {"routine": _path(routine, "routineId")}
    if dataset := _first(access, "datasets"):
        if list(dataset.get("targetTypes") or ()) != ["VIEWS"]:
            return {}
        return {"dataset": _path(_first(dataset, "datasets"))}
    field = next((name for name in MEMBERS if access.get(name)), "")
    value = str(access.get(field) or "")
    prefix = "serviceAccount:" if field == "userByEmail" and value.endswith(ACCOUNT) else MEMBERS.get(field, "")
    return {"role": str(access.get("role") or ""), "member": prefix + value}


def _first(body: Entry, name: str) -> Entry:
    """A nested object, which the provider wraps into a list."""
    found = body.get(name) or [{}]
    return dict(found[0])


def _path(reference: Entry, last: str = "") -> str:
    return ".".join(str(reference.get(name)) for name in ("projectId", "datasetId", last) if name)


def _key(grant: DatasetGrant) -> tuple[str, str]:
    """Addresses are the same in any case; names of views and routines are not."""
    return (grant.role or "", (grant.member or "").lower() or str(grant))


def _words(access: Entry) -> str:
    said = {name: value for name, value in access.items() if value}
    return json.dumps(said, sort_keys=True)


def _pasted(entries: Sequence[Mapping[str, str]]) -> str:
    """YAML of the flow style, ready for the stack's file."""
    return "\n".join(f"    - {{{', '.join(f'{k}: {json.dumps(v)}' for k, v in entry.items())}}}" for entry in entries)
