"""The comment on a pull request: found by its hidden first line, written once, kept up to date.

Nothing of a pull request is checked out or run here: findings come as a document that was validated. The comment is
only written for the commit that is the pull request's head now, by whoever wrote it before, and not at all while there
is nothing to say. Interface: docs.github.com/en/rest (pulls, issues/comments), version 2022-11-28.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from operations.review.findings import Findings
from settings.errors import ErosError

SECONDS = 30
TRIES = 4
LONGEST_WAIT = 60.0
PAGE = 100
AUTHOR = "github-actions[bot]"
RETRIED = (429, 500, 502, 503, 504)


class GitHubFailed(ErosError):
    """GitHub refused or did not answer; the review itself is written elsewhere."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request and the commit that is its head now."""

    number: int
    head: str


class GitHub:
    """One repository. `token` is sent and never said."""

    def __init__(self, api: str, repository: str, token: str, wait: Callable[[float], None] = time.sleep) -> None:
        self._base = f"{api.rstrip('/')}/repos/{repository}"
        self._wait = wait
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )

    def pull_request(self, event: Mapping[str, Any]) -> PullRequest | None:
        """The open pull request that an event is about, as it is now; None where there is none any more.

        `workflow_run` names none for forks: it is looked for by the head's branch and commit. Errors: ErosError for an
        event without a pull request, GitHubFailed.
        """
        if "pull_request" in event:
            found = self._call("GET", f"pulls/{int(event['pull_request']['number'])}")
            return _open(found)
        run = event.get("workflow_run")
        if not isinstance(run, Mapping):
            raise ErosError("this event has no pull request", fix="run it on pull_request or workflow_run events")
        owner = str(((run.get("head_repository") or {}).get("owner") or {}).get("login", ""))
        query = {"state": "open", "head": f"{owner}:{run.get('head_branch', '')}"}
        candidates = (_open(entry) for entry in self._pages("pulls", query))
        return next((one for one in candidates if one and one.head == run.get("head_sha")), None)

    def comment(self, pull: PullRequest, findings: Findings, text: str, author: str = AUTHOR) -> str:
        """Writes, corrects or leaves the comment; what was done, in words. Errors: GitHubFailed."""
        if findings.commit != pull.head:
            mine = findings.commit[:12] or "no commit"
            return f"left alone: the head is {pull.head[:12]} now, these findings are of {mine}"
        hidden = text.splitlines()[0]
        earlier = [
            entry
            for entry in self._pages(f"issues/{pull.number}/comments", {})
            if str(entry.get("body") or "").splitlines()[:1] == [hidden] and entry["user"]["login"] == author
        ]
        if not earlier:
            if findings.verdict == "nothing":
                return "nothing to say"
            self._call("POST", f"issues/{pull.number}/comments", {"body": text})
            return "written"
        if earlier[-1]["body"] == text:
            return "unchanged"
        self._call("PATCH", f"issues/comments/{int(earlier[-1]['id'])}", {"body": text})
        return "corrected"

    def issue(self, hidden: str, title: str, text: str, author: str = AUTHOR) -> str:
        """Opens, corrects or closes the one issue that begins with the line `hidden`; '' as text means that it is over.

        What was done, in words. Errors: GitHubFailed.
        """
        # The list holds pull requests, too: docs.github.com/en/rest/issues/issues#list-repository-issues
        earlier = [
            entry
            for entry in self._pages("issues", {"state": "open"})
            if str(entry.get("body") or "").splitlines()[:1] == [hidden]
            and entry["user"]["login"] == author
            and "pull_request" not in entry
        ]
        if not text:
            for entry in earlier:
                self._call("PATCH", f"issues/{int(entry['number'])}", {"state": "closed", "state_reason": "completed"})
            return f"closed #{earlier[0]['number']}" if earlier else "nothing to say"
        if not earlier:
            made = self._call("POST", "issues", {"title": title, "body": text})
            return f"opened #{made['number']}"
        self._call("PATCH", f"issues/{int(earlier[0]['number'])}", {"title": title, "body": text})
        return f"corrected #{earlier[0]['number']}"

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            found = self._call("GET", path, query={**query, "per_page": str(PAGE), "page": str(page)})
            yield from found
            if len(found) < PAGE:
                return
            page += 1

    def _call(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Any:
        said = ""
        for attempt in range(TRIES):
            try:
                answer = self._session.request(
                    method, f"{self._base}/{path}", json=body, params=query, timeout=SECONDS, allow_redirects=False
                )
            except requests.RequestException as error:
                said = f"no answer ({type(error).__name__})"
                self._wait(2.0**attempt)
                continue
            if answer.ok:
                return answer.json()
            said = f"HTTP {answer.status_code} {_message(answer)}".strip()
            if not _may_be_tried_again(answer):
                break
            self._wait(_pause(answer, attempt))
        raise GitHubFailed(
            f"GitHub: {method} {path}: {said}", fix="run the job again; the findings are kept as artifact"
        )


def read_event(path: Path) -> dict[str, Any]:
    """The payload of the event that started the workflow. Errors: ErosError."""
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ErosError(f"the event's payload cannot be read: {error}", fix="set GITHUB_EVENT_PATH") from None
    if not isinstance(event, dict):
        raise ErosError("the event's payload is no object", fix="set GITHUB_EVENT_PATH")
    return event


def _open(entry: Mapping[str, Any]) -> PullRequest | None:
    if entry.get("state") != "open":
        return None
    return PullRequest(int(entry["number"]), str(entry["head"]["sha"]))


def _may_be_tried_again(answer: requests.Response) -> bool:
    """Also a secondary rate limit, which comes as 403 with Retry-After (docs: rate limits for the REST API)."""
    limited = answer.status_code == 403 and (
        "Retry-After" in answer.headers or answer.headers.get("X-RateLimit-Remaining") == "0"
    )
    return limited or answer.status_code in RETRIED


def _pause(answer: requests.Response, attempt: int) -> float:
    stated = answer.headers.get("Retry-After", "")
    return min(float(stated) if stated.isdigit() else 2.0**attempt, LONGEST_WAIT)


def _message(answer: requests.Response) -> str:
    try:
        return " ".join(str(answer.json().get("message", "")).split())[:200]
    except (ValueError, AttributeError):
        return ""
