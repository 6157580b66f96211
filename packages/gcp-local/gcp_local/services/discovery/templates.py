"""Paths of methods: a variable stands for one segment without a colon, for the rest of the path (`{name=**}`), or for
a rest with colons in it (`{name=***}`).

/v1/projects/{projectsId}/serviceAccounts/{serviceAccountsId}:enable
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

REST, WITH_COLONS = ("=**}", "=***}"), "=***}"


class Template:
    """A path with variables."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.segments = text.split("/")

    @cached_property
    def project(self) -> str:
        """The variable that names the project; empty when there is none."""
        for before, segment in zip(self.segments, self.segments[1:], strict=False):
            if before == "projects" and segment.startswith("{"):
                return segment[1:].partition("}")[0]
        return ""

    @property
    def looseness(self) -> list[int]:
        """Sorts `tagKeys/namespaced` before `tagKeys/{tagKeysId}`, and what takes the rest of a path last."""
        return [2 if _is_rest(segment) else int(segment.startswith("{")) for segment in self.segments]

    def match(self, path: Sequence[str]) -> dict[str, str] | None:
        """The variables, when the segments of a path fit."""
        segments = list(path)
        if _is_rest(self.segments[-1]):
            count = len(self.segments)
            segments = [*segments[: count - 1], "/".join(segments[count - 1 :])]
        if len(segments) != len(self.segments):
            return None
        variables: dict[str, str] = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            if not wanted.startswith("{"):
                if wanted != given:
                    return None
                continue
            name, _, verb = wanted[1:].partition("}")
            value = given.removesuffix(verb) if given.endswith(verb) else ""
            if not value or (":" in value and WITH_COLONS not in wanted):
                return None
            variables[name.partition("=")[0]] = value
        return variables


def _is_rest(segment: str) -> bool:
    return any(mark in segment for mark in REST)
