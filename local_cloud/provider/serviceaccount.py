"""IAM: service accounts and their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_cloud.provider import rules
from local_cloud.provider.facts import AutoName, Facts, paths
from local_cloud.provider.resource import Resource
from local_cloud.provider.values import UNKNOWN, Bag


def _account_id(value: Any) -> str | None:
    if not 6 <= len(str(value)) <= 30:
        return f"must be between 6 and 30 characters long; got {value!r}."
    fits = rules.ACCOUNT_ID.fullmatch(str(value))
    return None if fits else f"must be lower-case letters, digits and dashes, a letter first; got {value!r}."


def _account_link(value: Any) -> str | None:
    fits = rules.ACCOUNT_LINK.match(str(value))
    return None if fits else f"must be projects/PROJECT/serviceAccounts/EMAIL; got {value!r}."


class Account(Resource):
    """A service account. Its e-mail address is known before it exists."""

    facts = Facts(
        "gcp:serviceaccount/account:Account",
        force_new=paths("accountId project"),
        computed=paths("project deletionPolicy"),
        defaults={"disabled": False},
        checks={"accountId": _account_id, "description": rules.no_longer_than(256)},
        nullable=paths("createIgnoreAlreadyExists"),
        local=paths("createIgnoreAlreadyExists deletionPolicy"),
        autoname=AutoName("accountId", longest=30),
    )

    def adjust(self, former: Mapping[str, Any], expected: Bag) -> None:
        """The address follows from id and project."""
        account, project = expected.get("accountId"), expected.get("project")
        if former and former.get("accountId") == account:
            return
        if isinstance(account, str) and isinstance(project, str):
            expected["email"] = f"{account}@{project}.iam.gserviceaccount.com"
            expected["member"] = f"serviceAccount:{expected['email']}"
        else:
            expected["email"] = expected["member"] = UNKNOWN


class AccountIAMMember(Resource):
    """One member with one role on a service account."""

    facts = Facts(
        "gcp:serviceaccount/iAMMember:IAMMember",
        force_new=paths(
            "serviceAccountId role member condition condition.expression condition.title condition.description"
        ),
        checks={"member": rules.member, "serviceAccountId": _account_link},
        same={"member": rules.same_member},
    )
