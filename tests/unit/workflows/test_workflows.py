"""The workflows, played: what each event starts, and what its commands do against a GitHub on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.review.findings import Changed, Findings
from tests.fake_github import BOT, HEAD, FakeGitHub, serving
from tests.unit.workflows.playing import ROOT, Event, jobs, play, steps, workflows

PREVIEWER = {"GOOGLE_PREVIEWER": "preview@acme.iam.gserviceaccount.com", "PULUMI_STATE": "gs://acme-state"}
CHECKS = ("checks/changes", "checks/check", "checks/test", "checks/installs")
LABELS = [{"name": "bug"}, {"name": "trial"}]
TRIAL = {"TRIAL_PROJECT": "acme-trial", "PULUMI_STATE": "gs://acme-state", "SECRETS_PROVIDER": "gcpkms://key"}
SETUP = ("scripts/setup", "scripts/setup --all")
PUBLISHED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")


def pull(repository: str) -> dict[str, Any]:
    return {
        "pull_request": {"number": 7, "base": {"sha": "main"}, "head": {"sha": HEAD, "repo": {"full_name": repository}}}
    }


def labelled(
    action: str, label: str = "", labels: list[dict[str, str]] = LABELS, repository: str = "acme/eros"
) -> dict[str, Any]:
    """A pull request that gets or loses a label, or is closed with those that it has."""
    event = pull(repository)
    event["pull_request"]["labels"] = labels
    return {**event, "action": action, "label": {"name": label}}


def finished(conclusion: str = "success", event: str = "pull_request") -> dict[str, Any]:
    return {
        "workflow_run": {
            "event": event,
            "conclusion": conclusion,
            "id": 42,
            "html_url": "https://github.com/acme/eros/actions/runs/42",
            "head_sha": HEAD,
            "head_branch": "branch",
            "head_repository": {"owner": {"login": "fork"}},
            "pull_requests": [],
        }
    }


# What every workflow keeps to


def test_every_action_is_pinned_by_its_commit_and_names_its_version() -> None:
    lines = [line for path in (ROOT / ".github/workflows").glob("*.yml") for line in path.read_text().splitlines()]
    used = [line.split("uses:")[1].strip() for line in lines if "uses:" in line]
    assert len(used) > 20
    for one in used:
        action, _, version = one.partition(" # ")
        assert PUBLISHED.fullmatch(action), one
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), one


@pytest.mark.parametrize("stem", workflows())
def test_a_workflow_asks_for_what_it_needs_and_no_more(stem: str) -> None:
    workflow = workflows()[stem]
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"].startswith(stem)
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 120
        written = {name for name, right in job["permissions"].items() if right == "write"}
        assert written <= {"comment": {"pull-requests"}, "drift": {"id-token", "issues"}}.get(stem, {"id-token"})
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_what_may_write_runs_no_code_of_a_pull_request() -> None:
    (job,) = workflows()["comment"]["jobs"].values()
    checkouts = [step["with"] for step in job["steps"] if "checkout" in step.get("uses", "")]
    assert checkouts == [{"persist-credentials": False}]
    assert "id-token" not in workflows()["preview"]["jobs"]["local"]["permissions"]


def test_no_command_holds_an_expression() -> None:
    assert [step["run"] for *_, step in steps() if "${{" in step.get("run", "")] == []


def test_every_command_is_run_by_ci_or_played_here() -> None:
    ci = (ROOT / ".ci/run").read_text().splitlines()
    played = {
        *SETUP,  # make check and scripts/test-program begin with them
        'scripts/review "$BASE" findings.json',
        '.venv/bin/eros preview -s prod --findings findings.json --base "$BASE"',
        ".venv/bin/eros review post findings/findings.json",
        ".venv/bin/eros drift -s prod --issue",
        '.venv/bin/eros deploy -s "$STACK" --yes',
        'pulumi login "$STATE"',
        'scripts/changed "$BASE" >> "$GITHUB_OUTPUT"',
        'scripts/trial "$VERB" "$NUMBER"',
        "scripts/audit",  # tests/unit/scripts/test_audit.py
        "make docs",  # its files are among those of make test
    }
    commands = {step["run"] for *_, step in steps() if "run" in step}
    assert commands - set(ci) == played


def test_coverage_is_measured_where_the_workflow_asks_for_it_and_may_not_be_of_nothing() -> None:
    (step,) = [step for *_, step in steps() if step.get("run") == "make test"]
    assert step["env"] == {"COVERAGE": "coverage.xml"}
    shown = ["make", "-n", "test", "COVERAGE=coverage.xml"]
    said = subprocess.run(shown, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "--cov=operations" in said
    assert "--cov-report=xml:coverage.xml --cov-fail-under=1" in said
    assert "--cov" not in subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True).stdout


def test_the_ruleset_wants_every_check_and_a_preview_that_does_not_refuse() -> None:
    ruleset = json.loads((ROOT / ".github/rulesets/main.json").read_text())
    (checks,) = [rule["parameters"] for rule in ruleset["rules"] if rule["type"] == "required_status_checks"]
    wanted = [check["context"] for check in checks["required_status_checks"]]
    jobs_of_pulls = [job["name"] for stem in ("checks", "preview") for job in workflows()[stem]["jobs"].values()]
    assert sorted([*wanted, "coverage to Codecov"]) == sorted(jobs_of_pulls)


# What happens when


@pytest.mark.parametrize(
    ("event", "started"),
    [
        (
            Event("pull_request", pull("acme/eros")),
            [*CHECKS, "preview/local"],
        ),
        (
            Event("pull_request", pull("acme/eros"), variables=PREVIEWER),
            [*CHECKS, "preview/live"],
        ),
        (
            Event("pull_request", pull("fork/eros"), variables=PREVIEWER),
            [*CHECKS, "preview/local"],
        ),
        (Event("push", ref="refs/heads/feature"), []),
        (
            Event("push", ref="refs/heads/develop"),
            [*CHECKS, "deploy/deploy"],
        ),
        (Event("workflow_run", finished()), ["comment/comment"]),
        (Event("workflow_run", finished("failure")), ["comment/comment"]),
        (Event("workflow_run", finished("cancelled")), []),
        (Event("workflow_run", finished(event="push")), []),
        (Event("schedule"), ["audit/audit"]),
        (Event("schedule", variables=PREVIEWER), ["audit/audit", "drift/drift"]),
        (
            Event("pull_request", pull("acme/eros"), files=("requirements/dev.txt",), variables={"CODECOV": "true"}),
            ["audit/audit", *CHECKS[:3], "checks/coverage", CHECKS[3], "preview/local"],
        ),
        (
            Event("pull_request", pull("acme/eros"), outputs={"changes": {"code": "false"}}),
            ["checks/changes", "checks/docs", "checks/check", "preview/local"],
        ),
        (Event("pull_request", labelled("labeled", "trial"), variables=TRIAL), ["trial/trial"]),
        (Event("pull_request", labelled("closed"), variables=TRIAL), ["trial/trial"]),
        (Event("pull_request", labelled("unlabeled", "trial", [{"name": "bug"}]), variables=TRIAL), ["trial/trial"]),
        (Event("pull_request", labelled("unlabeled", "bug", LABELS[1:]), variables=TRIAL), []),
        (Event("pull_request", labelled("labeled", "bug", LABELS[:1]), variables=TRIAL), []),
        (Event("pull_request", labelled("closed", labels=[]), variables=TRIAL), []),
        (Event("pull_request", labelled("labeled", "trial")), []),
        (Event("pull_request", labelled("labeled", "trial", repository="fork/eros"), variables=TRIAL), []),
    ],
)
def test_an_event_starts_what_it_should(event: Event, started: list[str]) -> None:
    assert jobs(event) == started


@pytest.mark.parametrize(("branch", "environment"), [("main", "production"), ("develop", "staging")])
def test_production_is_deployed_from_main_behind_its_environment(branch: str, environment: str) -> None:
    job = workflows()["deploy"]["jobs"]["deploy"]
    event = Event("push", ref=f"refs/heads/{branch}")
    assert event.text(job["environment"]) == environment
    (step,) = [step for step in job["steps"] if "eros deploy" in step.get("run", "")]
    assert event.text(step["env"]["STACK"]) == {"main": "prod", "develop": "staging"}[branch]


# The commands, in a copy of the program with a `pulumi` that says what it is told to say


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The program, a stand-in for the Pulumi CLI that answers from files, and a commit."""
    folder = tmp_path / "checkout"
    (folder / "bin").mkdir(parents=True)
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.staging.yaml"):
        shutil.copy(ROOT / name, folder)
    for name in ("sql", "config", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    pulumi = folder / "bin" / "pulumi"
    pulumi.write_text(
        '#!/bin/sh\necho "$*" >> asked\n[ "$1" = version ] && echo v3.272.0 && exit 0\n'
        '[ -f "answer-$1.json" ] && cat "answer-$1.json"\nexit 0\n'
    )
    pulumi.chmod(0o755)
    (folder / "answer-stack.json").write_text("{}")  # stack export
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "Pulumi.yaml"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    return folder


@pytest.fixture
def there() -> Iterator[FakeGitHub]:
    with serving(FakeGitHub("ghs_secret")) as fake:
        yield fake


def runner(place: Path, there: FakeGitHub, event: Event) -> dict[str, str]:
    """The environment of a runner."""
    payload = place.with_name("event.json")
    payload.write_text(json.dumps(event.payload))
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    github = {"GITHUB_API_URL": there.url, "GITHUB_EVENT_PATH": str(payload), "GITHUB_REPOSITORY": event.repository}
    return kept | github | {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "1", "COLUMNS": "200"}


def state(type_: str, **inputs: Any) -> dict[str, Any]:
    return {"type": type_, "custom": True, "inputs": inputs}


def test_a_pull_request_from_a_fork_gets_its_comment_by_the_run_that_may_write(place: Path, there: FakeGitHub) -> None:
    found = Findings(
        project="eros-platform", stack="local", compared_with="x", live=False, commit=HEAD,
        changes=(Changed(op="update", name="v", kind="view"),),
    )  # fmt: skip
    (place / "findings").mkdir()
    (place / "findings" / "findings.json").write_text(found.model_dump_json())
    event = Event("workflow_run", finished())
    for said in ("written", "unchanged"):
        ((command, code, output),) = play(event, "comment/comment", place, runner(place, there, event), SETUP)
        assert (command, code) == (".venv/bin/eros review post findings/findings.json", 0), output
        assert f"comment of #7: {said}" in output
    (comment,) = there.comments
    assert comment["user"]["login"] == BOT
    assert "https://github.com/acme/eros/actions/runs/42" in comment["body"]


def test_a_preview_of_production_writes_findings_also_of_what_is_refused(place: Path, there: FakeGitHub) -> None:
    member = "gcp:projects/iAMMember:IAMMember"
    step = {
        "op": "create",
        "urn": f"urn:pulumi:prod::eros-platform::{member}::grant",
        "newState": state(member, member="allUsers", role="roles/bigquery.jobUser"),
    }
    (place / "answer-preview.json").write_text(json.dumps({"steps": [step], "changeSummary": {"create": 1}}))
    event = Event("pull_request", pull("acme/eros"), variables=PREVIEWER, secrets={"PULUMI_CONFIG_PASSPHRASE": "x"})
    login, preview = play(event, "preview/live", place, runner(place, there, event), SETUP)
    assert login[:2] == ('pulumi login "$STATE"', 0)
    assert "login gs://acme-state" in (place / "asked").read_text()
    assert preview[1] == 1, preview[2]
    assert "refused" in preview[2]
    findings = Findings.model_validate_json((place / "findings.json").read_bytes())
    assert (findings.verdict, findings.live) == ("refused", True)
    assert findings.dangers[0].title == "grant lets allUsers in: anybody on the internet"


def test_drift_opens_one_issue_and_closes_it_when_it_is_over(place: Path, there: FakeGitHub) -> None:
    table = "gcp:bigquery/table:Table"
    step = {
        "op": "update",
        "urn": f"urn:pulumi:prod::eros-platform::{table}::caption_bank",
        "newState": state(table),
        "detailedDiff": {"description": {"kind": "update"}},
    }
    event = Event("schedule", variables=PREVIEWER)
    for steps_found, code, state_of_issue in (([step], 1, "open"), ([step], 1, "open"), ([], 0, "closed")):
        (place / "answer-refresh.json").write_text(json.dumps({"steps": steps_found}))
        *_, (command, ended, output) = play(event, "drift/drift", place, runner(place, there, event), SETUP)
        assert (command, ended) == (".venv/bin/eros drift -s prod --issue", code), output
        assert "objects differ" in output
        (issue,) = there.issues
        assert issue["state"] == state_of_issue
    assert "caption_bank" in issue["body"]
    assert "refresh --preview-only --json --stack prod" in (place / "asked").read_text()


def test_a_fork_is_previewed_on_a_local_cloud_that_the_merge_base_was_deployed_to(
    place: Path, there: FakeGitHub
) -> None:
    (place / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "review", place / "scripts")
    (place / ".venv").unlink()
    (place / ".venv" / "bin").mkdir(parents=True)
    eros = place / ".venv" / "bin" / "eros"
    eros.write_text(
        f'#!/bin/sh\necho "$(basename "$(pwd)") $*" >> {place}/asked\n'
        '[ "$2" = env ] && echo "export LED=here"\n'
        '[ "$1" = preview ] && [ "$LED" = here ] && echo "{}" > "$5" && exit 1\n'
        "exit 0\n"
    )
    eros.chmod(0o755)
    python = place / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$(basename "$(pwd)") $*" >> {place}/asked\n')
    python.chmod(0o755)
    event = Event("pull_request", pull("fork/eros"))
    ((command, code, output),) = play(event, "preview/local", place, runner(place, there, event), SETUP)
    assert (command, code) == ('scripts/review "$BASE" findings.json', 1), output  # as the preview: it is refused
    assert (place / "findings.json").read_text() == "{}\n"
    base = subprocess.run(["git", "rev-parse", "main"], cwd=place, capture_output=True, text=True, check=True).stdout
    assert (place / "asked").read_text().splitlines() == [
        "checkout local up",
        "checkout local env",
        "base -m operations.cli bootstrap -s local --yes --skip-preview",
        "base -m operations.cli up -s local --yes --skip-preview",
        "checkout local load --messages 3000",
        "checkout schedules -s local run update_caption_performance",
        f"checkout preview -s local --findings findings.json --base {base.strip()}",
        "checkout local down --wipe --yes",
    ]
    listed = subprocess.run(["git", "worktree", "list"], cwd=place, capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == 1


def eros_that_ends_with(place: Path, code: int) -> None:
    """An `eros` that notes what it is asked for."""
    if (place / ".venv").is_symlink():
        (place / ".venv").unlink()
    (place / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
    eros = place / ".venv" / "bin" / "eros"
    eros.write_text(f'#!/bin/sh\necho "eros $*" >> {place}/asked\nexit {code}\n')
    eros.chmod(0o755)


@pytest.mark.parametrize(
    ("branch", "stack", "environment"), [("main", "prod", "production"), ("develop", "staging", "staging")]
)
def test_a_push_deploys_its_stack_and_fails_as_the_deployment_does(
    place: Path, there: FakeGitHub, branch: str, stack: str, environment: str
) -> None:
    event = Event("push", ref=f"refs/heads/{branch}", variables=PREVIEWER)
    assert event.text(workflows()["deploy"]["jobs"]["deploy"]["environment"]) == environment
    for code in (0, 5):
        eros_that_ends_with(place, code)
        login, deploy = play(event, "deploy/deploy", place, runner(place, there, event), SETUP)
        assert (login[1], deploy[:2]) == (0, ('.venv/bin/eros deploy -s "$STACK" --yes', code))
    assert (place / "asked").read_text().splitlines()[:2] == ["login gs://acme-state", f"eros deploy -s {stack} --yes"]


def test_what_changed_is_said_to_the_jobs_that_follow(place: Path, there: FakeGitHub) -> None:
    (place / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "changed", place / "scripts")
    said = place / "output"
    for event in (Event("pull_request", pull("acme/eros")), Event("push")):
        environment = {**runner(place, there, event), "GITHUB_OUTPUT": str(said)}
        ((_, code, output),) = play(event, "checks/changes", place, environment)
        assert code == 0, output
    assert said.read_text() == "code=false\ncode=true\n"  # nothing differs from main; a push has no base


def test_a_label_makes_an_environment_and_its_end_takes_that_away(place: Path, there: FakeGitHub) -> None:
    (place / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "trial", place / "scripts")
    eros_that_ends_with(place, 0)
    secret = "encryptionsalt: v1:staging\n"
    (place / "Pulumi.staging.yaml").write_text((place / "Pulumi.staging.yaml").read_text() + secret)
    asked = []
    for action, stacks in (("labeled", ["prod"]), ("synchronize", ["prod", "pr-7"]), ("closed", ["prod", "pr-7"])):
        (place / "answer-stack.json").write_text(json.dumps([{"name": name} for name in stacks], indent=2))
        event = Event("pull_request", labelled(action, "trial"), variables=TRIAL)
        *_, (command, code, output) = play(event, "trial/trial", place, runner(place, there, event), SETUP)
        assert (command, code) == ('scripts/trial "$VERB" "$NUMBER"', 0), output
        asked.append((place / "asked").read_text().splitlines()[2:])  # after the login and the list
        (place / "asked").unlink()
        if action == "labeled":
            stated = (place / "Pulumi.pr-7.yaml").read_text()
            assert "encryptionsalt" not in stated
            assert "\nsecretsprovider: gcpkms://key\n" in stated
    up, again, down = asked
    assert up[0] == "stack init pr-7 --non-interactive --secrets-provider gcpkms://key"
    assert up[1:] == again
    assert "config set project acme-trial -s pr-7 --non-interactive" in up
    assert "config set dataset eros_pr_7 -s pr-7 --non-interactive" in up
    assert up[-1] == "eros up -s pr-7 --yes --skip-preview"
    assert down == [
        "destroy -s pr-7 --yes --skip-preview --non-interactive",
        "stack rm pr-7 --yes --non-interactive",
    ]
    assert not (place / "Pulumi.pr-7.yaml").exists()


def test_an_environment_that_is_not_there_is_no_error_and_a_backend_that_does_not_answer_is_one(
    place: Path, there: FakeGitHub
) -> None:
    (place / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "trial", place / "scripts")
    environment = runner(place, there, Event("push")) | {"TRIAL_PROJECT": "acme-trial"}
    environment["PATH"] = f"{place / 'bin'}:{environment['PATH']}"
    (place / "answer-stack.json").write_text('[{"name": "pr-77"}]')
    command = ["scripts/trial", "down", "7"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "trial: there is no stack pr-7\n")
    (place / "bin" / "pulumi").write_text("#!/bin/sh\necho error: no such bucket >&2; exit 1\n")
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (
        1,
        "error: no such bucket\ntrial: the backend does not answer (see above): nothing was changed\n",
    )
    assert not (place / "Pulumi.pr-7.yaml").exists()


def test_the_lint_of_workflows_finds_what_is_dangerous(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "check-workflows", tmp_path / "scripts")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "sh"):
        (tools / name).symlink_to(shutil.which(name) or "")

    def lint() -> subprocess.CompletedProcess[str]:
        command = [str(tmp_path / "scripts" / "check-workflows")]
        return subprocess.run(command, env={"PATH": str(tools)}, capture_output=True, text=True, timeout=120)

    sound = lint()
    assert (sound.returncode, "not run: actionlint" in sound.stdout) == (0, True), sound.stdout + sound.stderr
    checks = tmp_path / ".github/workflows/checks.yml"
    checks.write_text(checks.read_text().replace("make check", "echo ${{ github.event.pull_request.title }}"))
    broken = lint()
    assert broken.returncode != 0
    assert "template-injection" in broken.stdout + broken.stderr
