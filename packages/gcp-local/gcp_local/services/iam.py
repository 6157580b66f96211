"""IAM: service accounts of the project and the policies on them. Keys are absent."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from gcp_local.services import identities, policies, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.discovery.overlay import Overlay, Words
from gcp_local.services.errors import ApiError, Json, failed_precondition, invalid, not_found
from gcp_local.services.identities import ACCOUNTS
from gcp_local.services.masks import read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, Service

# Output-only by their comments, and numbers: github.com/googleapis/googleapis, google/iam/admin/v1/iam.proto and
# google/iam/v1/policy.proto.
OVERLAY = Overlay(
    output_only=frozenset({"ServiceAccount.name", "Role.deleted"}),
    enums={
        "Role.stage": Words("google.iam.admin.v1.Role.RoleLaunchStage", (0, 1, 2, 4, 5, 6)),
        # Not published as a protocol buffer: type and order are the document's.
        "WorkloadIdentityPool.mode": Words("google.iam.v1.WorkloadIdentityPool.Mode"),
        "InlineCertificateIssuanceConfig.keyAlgorithm": Words(
            "google.iam.v1.InlineCertificateIssuanceConfig.KeyAlgorithm"
        ),
        "?view": Words("google.iam.admin.v1.RoleView"),
        "AuditLogConfig.logType": policies.LOG_TYPES,
    },
    body_names={"projects.serviceAccounts.update": ""},
)
SERVICE = Service(
    name="iam",
    documents=("v1",),
    overlay=OVERLAY,
    notes=(
        "Every call comes from the project's owner: grants are kept and checked for form, but no call is refused "
        "for a missing permission. The account of a transfer is no owner: what its query reads, writes and calls must "
        "be granted to it.",
        "Conditions of bindings are kept and not evaluated.",
    ),
)
UPDATABLE = ("displayName", "description")
LIMITS = {"displayName": 100, "description": 256}


@SERVICE.handles("projects.serviceAccounts.create")
def create(call: Call) -> Json:
    """Create an account; its id has 6 to 30 lower-case letters, digits and dashes."""
    cloud, account_id = call.cloud, call.body.get("accountId", "")
    if not re.fullmatch(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])", account_id):
        raise invalid(
            f'Invalid service account ID "{account_id}": it must match [a-z]([-a-z0-9]*[a-z0-9]) and have between '
            "6 and 30 characters.",
            field="account_id",
        )
    fields = {name: value for name, value in call.body.get("serviceAccount", {}).items() if name in UPDATABLE}
    _check_lengths(fields)
    email = f"{account_id}@{identities.account_domain(cloud)}"
    with cloud.store.transaction():
        if cloud.store.get(ACCOUNTS, email):
            raise ApiError(
                409,
                f"Service account {account_id} already exists within project projects/{cloud.project}.",
                reason="alreadyExists",
            )
        created = cloud.now().isoformat()
        number = identities.unique_id(email + created)
        account: Json = {
            "name": f"projects/{cloud.project}/serviceAccounts/{email}",
            "projectId": cloud.project,
            "uniqueId": number,
            "email": email,
            "oauth2ClientId": number,
            **fields,
        }
        return _save(cloud, account)


@SERVICE.handles("projects.serviceAccounts.get")
def get(call: Call) -> Json:
    """One account, by e-mail or number."""
    return _find(call)


@SERVICE.handles("projects.serviceAccounts.list")
def list_accounts(call: Call) -> Json:
    """The project's accounts."""
    return page(call, "accounts", call.cloud.store.list(ACCOUNTS), default=20, largest=100)


@SERVICE.handles("projects.serviceAccounts.patch")
def patch(call: Call) -> Json:
    """Change display name and description, as the mask says."""
    change = call.body.get("serviceAccount", {})
    paths = read_mask(call.body.get("updateMask", ""))
    if not paths:
        raise invalid("The update mask must not be empty.", field="update_mask")
    for path in paths:
        if path not in UPDATABLE:
            raise invalid(f"Invalid update mask: field '{path}' cannot be updated.", field="update_mask")
    return _change(call, {path: change.get(path) for path in paths}, change.get("etag", ""))


@SERVICE.handles("projects.serviceAccounts.update")
def update(call: Call) -> Json:
    """Set the display name; the description stays unless given, as in Google's API."""
    changes = {name: call.body[name] for name in UPDATABLE if name in call.body}
    return _change(call, changes, call.body.get("etag", ""))


@SERVICE.handles("projects.serviceAccounts.delete")
def delete(call: Call) -> Json:
    """Delete the account; policies keep it as a deleted member."""
    with call.cloud.store.transaction():
        account = _find(call)
        email = account["email"]
        call.cloud.store.delete(ACCOUNTS, email)
        policies.delete_policy(call.cloud, policy_key(email))
        deleted = f"deleted:serviceAccount:{email}?uid={account['uniqueId']}"
        policies.drop_member(call.cloud, f"serviceAccount:{email}", deleted)
    return {}


@SERVICE.handles("projects.serviceAccounts.enable")
def enable(call: Call) -> Json:
    """Let the account be used again."""
    _change(call, {"disabled": None}, "")
    return {}


@SERVICE.handles("projects.serviceAccounts.disable")
def disable(call: Call) -> Json:
    """Keep the account from being used: its transfers fail."""
    _change(call, {"disabled": True}, "")
    return {}


@SERVICE.handles("projects.serviceAccounts.getIamPolicy")
def get_policy(call: Call) -> Json:
    """Who may use the account."""
    version = call.number("options.requestedPolicyVersion", 0)
    return policies.read_policy(call.cloud, _place(_find(call)), version)


@SERVICE.handles("projects.serviceAccounts.setIamPolicy")
def set_policy(call: Call) -> Json:
    """Say who may use the account."""
    place = _place(_find(call))
    return policies.write_policy(call.cloud, place, call.body.get("policy", {}), call.body.get("updateMask", ""))


@SERVICE.handles("projects.serviceAccounts.testIamPermissions")
def test_permissions(call: Call) -> Json:
    """All that is asked for: the caller owns the project."""
    _find(call)
    return {"permissions": call.body["permissions"]} if call.body.get("permissions") else {}


def policy_key(email: str) -> str:
    """Where the policy of an account is kept."""
    return f"serviceAccounts/{email}"


def find_account(cloud: Cloud, name: str) -> Json | None:
    """The account with this e-mail or number, or None."""
    account = cloud.store.get(ACCOUNTS, name)
    if account:
        return account
    return next((one for one in cloud.store.list(ACCOUNTS) if one["uniqueId"] == name), None)


def _find(call: Call) -> Json:
    name = call.path["serviceAccountsId"]
    account = find_account(call.cloud, name)
    if account is None:
        if name.isdigit():
            raise not_found(f"Unknown service account. Account {name} does not exist.")
        raise not_found(f"Unknown service account. Service account {name} does not exist.")
    return account


def _place(account: Json) -> policies.Place:
    return policies.Place(policy_key(account["email"]), roles.fits_service_account)


def _change(call: Call, changes: Json, etag: str) -> Json:
    _check_lengths(changes)
    with call.cloud.store.transaction():
        account = _find(call)
        if etag and etag != account["etag"]:
            raise ApiError(409, "The etag is not the current one of the service account.", status="ABORTED")
        if account.get("disabled") and set(changes) & set(UPDATABLE):
            raise failed_precondition("The service account is disabled.")
        fields = {**account, **changes}
        return _save(call.cloud, {name: value for name, value in fields.items() if value})


def _save(cloud: Cloud, account: Json) -> Json:
    account.pop("etag", None)
    digest = hashlib.sha256(json.dumps(account, sort_keys=True).encode()).digest()
    account["etag"] = base64.b64encode(digest[:8]).decode()
    cloud.store.put(ACCOUNTS, account["email"], account)
    return account


def _check_lengths(fields: Json) -> None:
    for name, limit in LIMITS.items():
        if len((fields.get(name) or "").encode()) > limit:
            raise invalid(f"The {name} must not exceed {limit} bytes.", field=name)
