"""Labels of a resource: the program's, those the provider adds, and those that others put there.

`labels` holds the program's, `pulumiLabels` these and the mark of provisioning, `effectiveLabels` all that the
cloud has. Labels that others put there stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gcp_local.provider.values import UNKNOWN, Bag, has_unknown

PROVISIONED: Final = {"goog-pulumi-provisioned": "true"}


def plan(former: Mapping[str, Any], expected: Bag, inputs: Mapping[str, Any]) -> None:
    """Set the three expected label properties from the inputs' `labels`."""
    given = inputs.get("labels") or {}
    if given is UNKNOWN or has_unknown(given):
        expected["pulumiLabels"] = expected["effectiveLabels"] = UNKNOWN
        return
    managed = managed_by_pulumi(given)
    former_managed = former.get("pulumiLabels") or {}
    foreign = {k: v for k, v in (former.get("effectiveLabels") or {}).items() if k not in former_managed}
    expected["labels"] = dict(given)
    expected["pulumiLabels"] = managed
    expected["effectiveLabels"] = {**foreign, **managed}


def managed_by_pulumi(given: Mapping[str, str]) -> dict[str, str]:
    """The labels that the provider sets."""
    return {**PROVISIONED, **given}


def flatten(cloud: Mapping[str, str], given: Mapping[str, Any]) -> Bag:
    """The three label outputs from the cloud's labels; `given` are the labels that the program set (may be none).

    A label that someone removed or changed shows as such in `labels`.
    """
    return {
        "labels": {key: cloud[key] for key in given if key in cloud},
        "pulumiLabels": {key: cloud[key] for key in managed_by_pulumi(dict(given)) if key in cloud},
        "effectiveLabels": dict(cloud),
    }
