"""What differs from what was deployed is said without a value, and is one issue that opens and closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from operations.review.drift import Drifted, drifted, marker, render, title
from operations.review.github import GitHub
from tests.fake_github import FakeGitHub, serving

TABLE, ALERT = "gcp:bigquery/table:Table", "gcp:monitoring/alertPolicy:AlertPolicy"
FOUND = (Drifted("caption_bank", "table", "differs", ("description", "schema")),)


def step(op: str, type_: str, name: str, custom: bool = True, **more: Any) -> dict[str, Any]:
    state = {"type": type_, "custom": custom, "inputs": {"description": "s3cr3t"}}
    return {"op": op, "urn": f"urn:pulumi:prod::eros::x${type_}::{name}", "oldState": state, "newState": state, **more}


def test_what_differs_and_what_is_gone_is_named_with_its_properties_and_no_value() -> None:
    document = {
        "steps": [
            step("update", TABLE, "t", detailedDiff={"schema": {}, "labels.owner": {}, "labels[0]": {}}),
            step("delete", ALERT, "monitoring-silence"),
            # What is as it was: the embedded engine says nothing of it, the CLI `refresh`.
            step("refresh", TABLE, "same"),
            step("same", "pulumi:pulumi:Stack", "eros-prod", custom=False),
            step("update", "eros:platform:Access", "access", custom=False),
        ]
    }
    assert drifted(document) == (
        Drifted("silence", "alert policy", "is gone"),
        Drifted("t", "table", "differs", ("labels", "schema")),
    )
    text = render("eros-platform", "prod", drifted(document), "https://github.com/acme/eros/actions/runs/1")
    assert "| table | <code>t</code> | differs | <code>labels</code> <code>schema</code> |" in text
    assert "eros up -s prod" in text
    assert "s3cr3t" not in text
    assert drifted({}) == ()


def test_a_long_list_is_cut_and_counted() -> None:
    many = [Drifted(f"t{number}", "table", "differs") for number in range(51)]
    text = render("p", "s", many)
    assert text.count("| table |") == 50
    assert "and 1 more" in text


@pytest.fixture
def there() -> Iterator[FakeGitHub]:
    with serving(FakeGitHub("ghs_secret")) as fake:
        yield fake


def keep(there: FakeGitHub, found: tuple[Drifted, ...], stack: str = "prod") -> str:
    github = GitHub(there.url, "acme/eros", there.token, lambda _: None)
    text = render("eros", stack, found) if found else ""
    return github.issue(marker("eros", stack), title(stack, found), text)


def test_one_issue_is_opened_kept_up_to_date_and_closed(there: FakeGitHub) -> None:
    assert keep(there, ()) == "nothing to say"
    assert keep(there, FOUND) == "opened #100"
    more = (*FOUND, Drifted("x", "view", "is gone"))
    assert keep(there, more) == "corrected #100"
    (issue,) = there.issues
    assert (issue["title"], issue["body"]) == (title("prod", more), render("eros", "prod", more))
    assert keep(there, ()) == "closed #100"
    assert issue["state"] == "closed"
    assert keep(there, FOUND) == "opened #101"


def test_issues_of_others_of_other_stacks_and_pull_requests_are_left_alone(there: FakeGitHub) -> None:
    text = render("eros", "prod", FOUND)
    there.open(text, login="somebody")
    there.open(render("eros", "staging", FOUND))
    there.open(text, pull_request={"url": "x"})
    for number in range(120):
        there.open(f"a question {number}", login="somebody")
    mine = there.open(text)
    assert keep(there, ()) == f"closed #{mine['number']}"
    assert [one["state"] for one in there.issues].count("closed") == 1
