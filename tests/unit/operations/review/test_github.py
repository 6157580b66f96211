"""The comment on a pull request, against a GitHub on loopback that keeps comments as the real one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations import cli
from operations.review.comment import render
from operations.review.findings import Changed, Findings
from operations.review.github import GitHub, GitHubFailed, PullRequest
from settings.errors import ErosError
from tests.fake_github import HEAD, FakeGitHub, serving

OLD, TOKEN = "b" * 40, "ghs_secret"
BASE: dict[str, Any] = {"project": "eros-platform", "stack": "prod", "compared_with": "x", "live": True}
SAFE = Findings(**BASE, commit=HEAD, changes=(Changed(op="update", name="v", kind="view"),))
NOTHING = Findings(**BASE, commit=HEAD)


@pytest.fixture
def there() -> Iterator[FakeGitHub]:
    with serving(FakeGitHub(TOKEN)) as fake:
        yield fake


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def github(there: FakeGitHub, waits: list[float]) -> GitHub:
    return GitHub(there.url, "acme/eros", TOKEN, waits.append)


def comment(github: GitHub, findings: Findings, text: str = "") -> str:
    return github.comment(PullRequest(7, HEAD), findings, text or render(findings))


def test_there_is_one_comment_and_it_is_kept_up_to_date(github: GitHub, there: FakeGitHub) -> None:
    assert comment(github, SAFE) == "written"
    assert comment(github, SAFE) == "unchanged"
    assert comment(github, NOTHING) == "corrected"
    assert [entry["body"] for entry in there.comments] == [render(NOTHING)]


def test_without_changes_none_is_made(github: GitHub, there: FakeGitHub) -> None:
    assert comment(github, NOTHING) == "nothing to say"
    assert there.comments == []


def test_it_is_found_on_a_later_page_among_those_of_others_and_of_other_stacks(
    github: GitHub, there: FakeGitHub
) -> None:
    other = Findings(**{**BASE, "stack": "staging"}, commit=HEAD)
    there.add(render(SAFE), login="somebody")
    there.add(render(other))
    there.add(f"> {render(SAFE)}")
    for number in range(230):
        there.add(f"a remark {number}", login="somebody")
    there.add(render(SAFE).replace("Safe", "Outdated"))
    assert comment(github, SAFE) == "corrected"
    assert there.comments[-1]["body"] == render(SAFE)
    assert [entry["body"] for entry in there.comments[:3]] == [render(SAFE), render(other), f"> {render(SAFE)}"]


def test_a_run_whose_commit_is_no_longer_the_head_writes_nothing(github: GitHub, there: FakeGitHub) -> None:
    assert "left alone" in comment(github, SAFE.model_copy(update={"commit": OLD}))
    assert there.comments == []


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ({"pull_request": {"number": 7}}, 7),
        (
            {
                "workflow_run": {
                    "head_sha": HEAD,
                    "head_branch": "branch",
                    "head_repository": {"owner": {"login": "fork"}},
                    "pull_requests": [],
                }
            },
            7,
        ),
        (
            {
                "workflow_run": {
                    "head_sha": OLD,
                    "head_branch": "branch",
                    "head_repository": {"owner": {"login": "fork"}},
                }
            },
            None,
        ),
    ],
)
def test_the_pull_request_is_that_of_the_event_also_from_a_fork_and_none_when_its_head_moved(
    github: GitHub, event: dict[str, Any], number: int | None
) -> None:
    found = github.pull_request(event)
    assert (found and found.number) == number


def test_a_closed_pull_request_is_none(github: GitHub, there: FakeGitHub) -> None:
    there.pulls[0]["state"] = "closed"
    assert github.pull_request({"pull_request": {"number": 7}}) is None


def test_an_event_without_a_pull_request_is_refused(github: GitHub) -> None:
    with pytest.raises(ErosError, match="no pull request"):
        github.pull_request({"ref": "refs/heads/main"})


def test_a_limited_or_failing_service_is_tried_again_as_long_as_it_asks_for(
    github: GitHub, there: FakeGitHub, waits: list[float]
) -> None:
    there.failures = [(403, {"Retry-After": "7"}), (502, {}), (429, {"Retry-After": "9999"})]
    assert comment(github, SAFE) == "written"
    assert waits == [7.0, 2.0, 60.0]


def test_one_that_stays_down_or_refuses_is_told_without_the_token(
    github: GitHub, there: FakeGitHub, waits: list[float]
) -> None:
    there.failures = [(503, {})] * 4
    with pytest.raises(GitHubFailed, match="HTTP 503"):
        comment(github, SAFE)
    assert len(waits) == 4
    there.failures = [(403, {})]
    with pytest.raises(GitHubFailed, match="HTTP 403") as caught:
        comment(github, SAFE)
    assert len(waits) == 4
    assert TOKEN not in str(caught.value)
    dead = GitHub("http://127.0.0.1:9", "acme/eros", TOKEN, waits.append)
    with pytest.raises(GitHubFailed, match="no answer"):
        comment(dead, SAFE)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["eros", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code


def test_the_command_posts_validated_findings_and_says_what_it_did(
    there: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "findings.json").write_text(SAFE.model_dump_json())
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    for name, value in {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": "acme/eros",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_API_URL": there.url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "42",
    }.items():
        monkeypatch.setenv(name, value)
    assert run(monkeypatch, "review", "post", str(tmp_path / "findings.json")) == 0
    assert "comment of #7: written" in capsys.readouterr().err
    assert "https://github.com/acme/eros/actions/runs/42" in there.comments[0]["body"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "Invalid JSON"),
        (json.dumps({"project": "p"}), "stack: Field required"),
        (json.dumps({**BASE, "extra": 1}), "extra: Extra inputs are not permitted"),
        (json.dumps({**BASE, "compared_with": "x" * 5_000}), "compared_with: String should have at most"),
        (json.dumps({**BASE, "version": 2}), "version: Input should be 1"),
    ],
)
def test_findings_that_are_not_what_they_should_be_are_refused_by_field(
    document: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "findings.json").write_text(document)
    assert run(monkeypatch, "review", "render", str(tmp_path / "findings.json")) == 1
    assert said in capsys.readouterr().err
