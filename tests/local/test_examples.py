"""docs/examples/: comments on pull requests, written by the product for five changes to the program as it is.

Each change is made in a copy of the program with a git repository of its own, and reviewed against the deployed base.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import DATASET, PROJECT
from tests.local.deployment import ROOT, Deployment, deployed, shared_folder

EXAMPLES = ROOT / "docs" / "examples"
COMMIT = "4f5c1d2e3b7a8960718293a4b5c6d7e8f9012345"
# How many objects there are besides: they come and go without the examples being any the less true.
VARIES = (re.compile(r"\b\d+ unchanged\b"), re.compile(r"(\$[\d,.]+ → )?\*\*\$[\d,.]+\*\* a month"))
pytestmark = [pytest.mark.timeout(1800), pytest.mark.slow]

Edit = tuple[str, str, str]
CHANGES: dict[str, tuple[str, list[Edit]]] = {
    "view-changed": (
        "safe",
        [
            (
                "sql/views/latest_recommendations.sql",
                "  newest.recommended_price,\n",
                "  --: Whole dollars: what fans see.\n  ROUND(newest.recommended_price) AS recommended_price,\n",
            ),
            (
                "sql/views/latest_recommendations.sql",
                "LOWER(COALESCE(newest.status, 'pending')) != 'archived'",
                "LOWER(COALESCE(newest.status, 'pending')) NOT IN ('archived', 'withdrawn')",
            ),
        ],
    ),
    "column-dropped": (
        "refused",
        [
            (
                "sql/tables/schedule_export_log.sql",
                ",\n  --@ words, replace\n  sheet_name STRING\n"
                '    OPTIONS(description="Tab of the spreadsheet that was written; null for files.")',
                "",
            )
        ],
    ),
    "schedule-removed": ("care", [("config/schedules.yaml", "cost_report:", "")]),
    "permission-widened": (
        "care",
        [
            (
                "Pulumi.local.yaml",
                "config:\n",
                "config:\n  eros-platform:datasetAccess:\n    - {role: WRITER, member: 'group:analysts@example.com'}\n",
            )
        ],
    ),
    "nothing-to-see": (
        "nothing",
        [("settings/model.py", "The stack's settings as one frozen model", "A stack's settings as one frozen model")],
    ),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder, state = (tmp_path_factory.mktemp(name) for name in ("program", "cloud"))
    with deployed(folder, state, shared_folder(tmp_path_factory)) as made:
        (folder / ".gitignore").write_text(".venv\n.local\n.eros\n__pycache__\n")
        fill(made)
        git(folder, "init", "--initial-branch", "main")
        commit(folder, "base")
        yield made


def fill(made: Deployment) -> None:
    """Forty recommended messages on four pages: one in four has a price of whole dollars, one in ten is withdrawn."""
    made.rows(f"""
        INSERT INTO `{PROJECT}.{DATASET}.schedule_recommendations`
          (schedule_id, page_name, day_of_week, scheduled_send_time, message_type, created_at, is_active,
           scheduled_send_date, scheduled_send_hour, recommended_price, status)
        SELECT
          CONCAT('schedule_', CAST(n AS STRING)), CONCAT('page_', CAST(MOD(n, 4) AS STRING)),
          'Monday', at, 'Unlock', at, TRUE, DATE(at), 9,
          10 + IF(MOD(n, 4) = 0, 0, 0.49), IF(MOD(n, 10) = 0, 'withdrawn', 'pending')
        FROM UNNEST(GENERATE_ARRAY(1, 40)) AS n, UNNEST([TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY)]) AS at
    """)


def git(folder: Path, *arguments: str) -> None:
    person = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *person, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--message", message)


def changed(text: str, before: str, after: str, path: str) -> str:
    """The text with one edit; a schedule goes with all its lines."""
    assert text.count(before) == 1, f"{before!r} in {path}"
    if path == "config/schedules.yaml":
        return re.sub(rf"^{before}\n(?:[ #].*\n)*\n?", "", text, flags=re.MULTILINE)
    return text.replace(before, after)


def reviewed(base: Deployment, name: str) -> tuple[int, str]:
    """Exit code and comment of `eros preview` for one change, which is undone afterwards."""
    _, edits = CHANGES[name]
    git(base.folder, "checkout", "-q", "-B", name, "main")
    for path, before, after in edits:
        file = base.folder / path
        file.write_text(changed(file.read_text(), before, after, path))
    commit(base.folder, name)
    findings = base.folder.with_name(f"{base.folder.name}-{name}.json")
    done = base.eros("preview", "-s", "local", "--findings", str(findings), "--base", "main")
    assert findings.exists(), done.stdout + done.stderr
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=base.folder, capture_output=True, text=True, check=True)
    findings.write_text(findings.read_text().replace(head.stdout.strip(), COMMIT))
    text = base.eros("review", "render", str(findings)).stdout
    git(base.folder, "checkout", "-q", "main")
    return done.returncode, text


def same(text: str) -> str:
    for pattern in VARIES:
        text = pattern.sub("N", text)
    return text


@pytest.mark.parametrize("name", CHANGES)
def test_the_example_is_what_the_product_says_of_that_change(base: Deployment, name: str) -> None:
    code, text = reviewed(base, name)
    verdict = CHANGES[name][0]
    assert code == (1 if verdict == "refused" else 0), text
    path = EXAMPLES / f"{name}.md"
    if os.environ.get("RENEW_EXAMPLES"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), "renew it: make renew"
    assert same(path.read_text(encoding="utf-8")) == same(text), "renew it: make renew"


def test_an_update_that_breaks_a_policy_is_refused_by_the_engine_and_by_the_review(base: Deployment) -> None:
    git(base.folder, "checkout", "-q", "-B", "short-lived", "main")
    file = base.folder / "Pulumi.local.yaml"
    entry = '  eros-platform:backupRetentionDays: "7"\n'
    file.write_text(file.read_text().replace("config:\n", f"config:\n{entry}"))
    commit(base.folder, "short-lived")
    said = "backups-bucket keeps backups 7 days only"
    up = base.eros("up", "-s", "local", "--yes")
    assert (up.returncode, said in up.stdout + up.stderr) == (1, True), up.stdout + up.stderr
    review = base.eros("preview", "-s", "local", "--markdown", "-", "--base", "main")
    assert review.returncode == 1
    assert f"| ⛔ | {said} | policy backups-last" in review.stdout
    assert "| ❌ failed | policies (8 rules)<br>1 broken, see above |" in review.stdout
    git(base.folder, "checkout", "-q", "main")
    assert base.changes() == {}


def test_every_example_is_written_by_this_test() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.md")} == {*CHANGES, "README"}
