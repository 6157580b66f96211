"""A preview stops when it would create what exists; whether it would, only the engine says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
import requests

from catalog import load_cached as load_catalog
from tests.stack.conftest import ROOT, Preview, Program, live_sources

DATASET, TABLE, VIEW = "warehouse-dataset", "feature_flags", "latest_recommendations"


def live(*names: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """A dataset with the sources and these objects as declared; by default with nobody's labels."""
    tables = load_catalog(ROOT).tables
    found = {}
    for name in names:
        partitioning = tables[name].partitioning if name in tables else None
        assert partitioning is None
        found[name] = {"schema": tables[name].schema_json() if name in tables else "[]", "labels": labels or {}}
    return {**live_sources(), **found}


@pytest.mark.parametrize(
    ("creates", "named"),
    [({DATASET}, "eros_scheduling_brain"), ({TABLE}, TABLE), ({VIEW}, VIEW), ({DATASET, TABLE, VIEW}, VIEW)],
)
def test_what_exists_and_would_be_created_stops_the_preview_and_names_the_command(
    run_program: Callable[..., Program], creates: Any, named: Any
) -> None:
    with pytest.raises(pulumi.RunError, match=rf"(?s)nothing was changed: .*{named}.*fix: eros adopt -s prod"):
        run_program(live=live(TABLE, VIEW), preview=Preview(frozenset(creates)))


def test_labels_decide_nothing(run_program: Callable[..., Program]) -> None:
    """A state that was lost leaves labels behind; an import leaves none."""
    ours = {"system": "eros", "environment": "prod"}
    with pytest.raises(pulumi.RunError, match="eros adopt"):
        run_program(live=live(TABLE, labels=ours), preview=Preview(frozenset({TABLE})))
    assert run_program(live=live(TABLE), preview=Preview()).dataset


def test_what_does_not_exist_is_created_without_a_word(run_program: Callable[..., Program]) -> None:
    program = run_program(live=live(TABLE), preview=Preview(frozenset({VIEW})))
    assert VIEW in program.of("gcp:bigquery/table:Table")


def test_what_is_to_be_replaced_is_ours_although_it_has_no_id(run_program: Callable[..., Program]) -> None:
    preview = Preview(frozenset({TABLE}), recorded=frozenset({TABLE, DATASET}))
    assert TABLE in run_program(live=live(TABLE), preview=preview).of("gcp:bigquery/table:Table")
    with pytest.raises(pulumi.RunError, match=VIEW):
        run_program(live=live(TABLE, VIEW), preview=Preview(frozenset({TABLE, VIEW}), preview.recorded))


def test_the_state_is_read_only_when_the_engine_s_answer_has_two_meanings(run_program: Callable[..., Program]) -> None:
    program = run_program(live=live(TABLE, VIEW), preview=Preview())
    assert not [read for read in program.reads if "stackName" in read or "name" in read]


def test_an_update_is_not_asked_since_every_id_is_known_by_then(run_program: Callable[..., Program]) -> None:
    assert run_program(live=live(TABLE)).dataset


def test_another_layout_that_is_not_ours_is_refused_with_adoption_as_the_way(
    run_program: Callable[..., Program],
) -> None:
    found = live(TABLE)
    found[TABLE]["schema"] = '[{"name": "flag", "type": "INTEGER", "mode": "REQUIRED"}]'
    with pytest.raises(pulumi.RunError, match=r"(?s)feature_flags exists with another layout .*eros adopt -s prod"):
        run_program(live=found, preview=Preview(frozenset({TABLE})))
    found[TABLE]["labels"] = {"environment": "prod"}
    with pytest.raises(pulumi.RunError, match=r"in two releases"):
        run_program(live=found)


@dataclass
class Google:
    """Google's REST APIs: bodies by path, and who asked."""

    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusal: tuple[int, dict[str, Any]] | None = None
    asked: list[str] = field(default_factory=list)

    def get(self, session: requests.Session, url: str, *, params: dict[str, str], timeout: float) -> requests.Response:
        assert session.headers["Authorization"] == "Bearer ya29.secret"
        assert timeout
        path = url.split("/", 3)[3]
        self.asked.append(path)
        status, body = self.refusal or (200, self.page(path, params.get("pageToken", "")))
        answer = requests.Response()
        answer.status_code = 404 if body is None else status
        answer._content = json.dumps(body or {}).encode()
        return answer

    def page(self, path: str, token: str) -> dict[str, Any] | None:
        """Every list has two pages, the first of them empty, as Google may answer."""
        body = self.bodies.get(path)
        single = path.rpartition("/")[2].count("@") or "/b/" in path
        return body if single else (body or {}) if token else {"nextPageToken": "2"}


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Google:
    made = Google()
    monkeypatch.setattr(requests.Session, "get", lambda session, *args, **named: made.get(session, *args, **named))
    return made


def signed(run_program: Callable[..., Program], **given: Any) -> Program:
    """A run whose provider can sign calls; the old system's schedules, which are asked for too, have none to fear."""
    return run_program("prod", token="ya29.secret", pauseSchedules="true", **given)


PROJECT = "projects/of-scheduler-proj"
ROUTINES = f"bigquery/v2/{PROJECT}/datasets/eros_scheduling_brain/routines"
CONFIGS = f"v1/{PROJECT}/locations/US/transferConfigs"
BUCKET = "storage/v1/b/of-scheduler-proj-eros-scheduling-brain-backups"
ARCHIVE = "storage/v1/b/of-scheduler-proj-eros-scheduling-brain-archive"
ACCOUNT = f"v1/{PROJECT}/serviceAccounts/eros-run-prod@of-scheduler-proj.iam.gserviceaccount.com"
CHANNELS, POLICIES = f"v3/{PROJECT}/notificationChannels", f"v3/{PROJECT}/alertPolicies"
OTHERS = [
    ("la_hour", ROUTINES, {"routines": [{"routineReference": {"routineId": "la_hour"}}]}, "routine la_hour"),
    ("backups-bucket", BUCKET, {"name": BUCKET[13:]}, f"bucket {BUCKET[13:]}"),
    ("backups-archive", ARCHIVE, {"name": ARCHIVE[13:]}, f"bucket {ARCHIVE[13:]}"),
    ("access-run", ACCOUNT, {"email": ACCOUNT.rpartition("/")[2]}, "service account eros-run-prod"),
    (
        "monitoring-email",
        CHANNELS,
        {"notificationChannels": [{"displayName": "EROS (prod): data platform"}]},
        r"notification channel EROS \(prod\): data platform",
    ),
    (
        "schedules-daily_automation",
        CONFIGS,
        {"transferConfigs": [{"displayName": "EROS: Daily Schedule Generation (prod)"}]},
        r"scheduled query EROS: Daily Schedule Generation \(prod\)",
    ),
    (
        "monitoring-daily_automation-failed",
        POLICIES,
        {"alertPolicies": [{"displayName": "EROS (prod): daily_automation failed"}]},
        r"alert policy EROS \(prod\): daily_automation failed",
    ),
]


@pytest.mark.parametrize(("resource", "path", "body", "named"), OTHERS, ids=[other[0] for other in OTHERS])
def test_what_google_lists_and_the_state_does_not_hold_stops_the_preview(
    run_program: Callable[..., Program], google: Google, resource: str, path: Any, body: dict[str, Any], named: str
) -> None:
    google.bodies[path] = body
    with pytest.raises(pulumi.RunError, match=rf"(?s)nothing was changed: .*{named}\n.*fix: eros adopt -s prod"):
        signed(run_program, live=live(), preview=Preview(frozenset({resource})))
    assert set(google.asked) == {path}, "of the kinds of which nothing would be created, nobody asks"
    assert signed(run_program, live=live(), preview=Preview(frozenset({resource}), recorded=frozenset({resource})))


def test_a_deployed_stack_and_an_update_ask_google_nothing(run_program: Callable[..., Program], google: Google) -> None:
    signed(run_program, live=live(), preview=Preview())
    signed(run_program, live=live())
    assert not google.asked


def test_other_objects_of_the_project_are_no_reason_to_stop(
    run_program: Callable[..., Program], google: Google
) -> None:
    google.bodies = {
        ROUTINES: {"routines": [{"routineReference": {"routineId": "nightly_cleanup"}}]},
        CHANNELS: {"notificationChannels": [{"displayName": "EROS (dev): data platform"}]},
        CONFIGS: {"transferConfigs": [{"displayName": "Daily automation (legacy)"}]},
        POLICIES: {"alertPolicies": [{"displayName": "disk is full"}]},
    }
    created = frozenset(name for name, *_ in OTHERS)
    assert signed(run_program, live=live(), preview=Preview(created))
    assert {path for _, path, *_ in OTHERS} == set(google.asked)


DISABLED = {"error": {"message": "not used before", "details": [{"reason": "SERVICE_DISABLED"}]}}


def test_an_api_that_was_never_enabled_holds_nothing(
    run_program: Callable[..., Program], google: Google, capfd: pytest.CaptureFixture[str]
) -> None:
    google.refusal = (403, DISABLED)
    assert signed(run_program, live={}, manageSources="true", preview=Preview(frozenset(name for name, *_ in OTHERS)))
    assert ROUTINES not in google.asked, "without the dataset there is nothing to list"
    assert "could not be read" not in "".join(capfd.readouterr())


def test_a_list_that_may_not_be_read_is_a_warning_and_no_refusal(
    run_program: Callable[..., Program], google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    google.refusal = (403, {"error": {"message": "Permission monitoring.alertPolicies.list denied"}})
    assert signed(run_program, live=live(), preview=Preview(frozenset({"monitoring-daily_automation-failed"})))
    (warning,) = [one for one in said if "alert policy" in one]
    assert "403 Permission monitoring.alertPolicies.list denied" in warning
    assert "eros adopt -s prod" in warning
    assert "ya29" not in warning
