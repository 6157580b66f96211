"""Ids of resources: `projects/p/datasets/d`, and the short forms that an import may use."""

from __future__ import annotations

import re

from gcp_local.provider.errors import ProviderError

VARIABLE = re.compile(r"{(\w+)}")


def parts(identity: str, template: str, project: str) -> dict[str, str]:
    """The variables of an id, from its full form, its values joined by `/`, or these without the project.

    Raises ProviderError that shows the form.
    """
    names = VARIABLE.findall(template)
    pattern = VARIABLE.sub(r"(?P<\1>[^/]+)", template)
    match = re.fullmatch(pattern, identity)
    if match:
        return match.groupdict()
    values = identity.split("/")
    if len(values) == len(names) - 1 and "project" in names:
        values.insert(names.index("project"), project)
    if len(values) != len(names) or not all(values):
        raise ProviderError(f"the id {identity!r} is not of the form {template}")
    return dict(zip(names, values, strict=True))


def member_parts(identity: str) -> tuple[str, str, str]:
    """Resource, role and member of an id `projects/p/datasets/d/roles/x/user:a@b.c` or `d roles/x user:a@b.c`."""
    words = identity.split()
    if len(words) >= 3:
        return words[0], words[1], words[2]
    match = re.fullmatch(
        r"(.+?)/((?:projects/[^/]+/|organizations/[^/]+/)?roles/[^/]+)/(principal\w*://.+|[^/]+)(?:/.*)?", identity
    )
    if not match:
        raise ProviderError(f"the id {identity!r} is not of the form RESOURCE ROLE MEMBER")
    return match[1], match[2], match[3]
