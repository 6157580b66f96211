"""Who is told of what, when: at receivers that really get it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from operations.oncall import routes as module
from operations.oncall.alert_rows import Alert, Alerts
from operations.oncall.notifier import due, is_open, notify_once
from operations.oncall.routes import Mail, PagerDuty, Route, Slack, routes
from settings.errors import ErosError
from tests import listening

# A Wednesday, 10:00 in Los Angeles.
NOW = datetime(2025, 6, 11, 17, tzinfo=UTC)
STACK = "prod"
SECRET = "T000/B000/hunter2"


def alert(
    name: str, level: str, minutes: int = 1, *, acknowledged: bool = False, posted: tuple[str, ...] = ()
) -> Alert:
    return Alert(
        id=f"{name}-0000-0000",
        time=NOW - timedelta(minutes=minutes),
        level=level,
        source="alert_evaluation",
        kind=f"rule_{name}",
        text=f"measured 7 <of> {name} & more",
        acknowledged=acknowledged,
        acknowledged_at=None,
        acknowledged_by="",
        resolved_at=None,
        posted_to=posted,
    )


class Table(Alerts):
    """The rows, without a database."""

    def __init__(self, *rows: Alert) -> None:
        self.rows = rows
        self.posted: list[tuple[tuple[str, ...], str]] = []
        self.seen: list[str] = []

    def unseen(self) -> tuple[Alert, ...]:
        return self.rows

    def mark_posted(self, ids: Sequence[str], route: str) -> None:
        self.posted.append((tuple(ids), route))

    def acknowledge(self, ids: Sequence[str], by: str, *, resolved: bool = False) -> tuple[Alert, ...]:  # type: ignore[override]
        assert (by, resolved) == ("eros alerts notify", True)
        self.seen.extend(ids)
        return ()


@pytest.fixture
def web() -> Iterator[listening.Http]:
    with listening.http() as server:
        yield server


@pytest.fixture
def post_office() -> Iterator[listening.Smtp]:
    with listening.smtp() as server:
        yield server


@pytest.fixture
def everywhere(web: listening.Http, post_office: listening.Smtp) -> tuple[Route, ...]:
    return (
        Slack(f"{web.url}/services/{SECRET}"),
        PagerDuty("key", STACK, f"{web.url}/v2/enqueue"),
        Mail(f"smtp://127.0.0.1:{post_office.port}", "eros@example.com", ("ops@example.com", "data@example.com")),
    )


def told(table: Table, everywhere: Sequence[Route], now: datetime = NOW, *, office: bool = False) -> list[str]:
    said: list[str] = []
    is_well = notify_once(table, everywhere, now, STACK, said.append, office=office)
    assert is_well is not any(line.startswith("error") for line in said)
    return said


def test_one_notification_a_receiver_holds_all_that_is_new_the_worst_first(
    everywhere: tuple[Route, ...], web: listening.Http, post_office: listening.Smtp
) -> None:
    table = Table(alert("a", "WARNING"), alert("b", "CRITICAL"), alert("c", "INFO"))
    told(table, everywhere)

    slack = [body for path, body in web.got if path == f"/services/{SECRET}"]
    assert [body["text"] for body in slack] == ["<!channel> EROS (prod): 1 critical, 1 warning, 1 info"]
    shown = [(part["color"], part["title"], part["text"]) for part in slack[0]["attachments"]]
    assert shown == [
        ("#d32f2f", "CRITICAL: rule_b", "measured 7 &lt;of&gt; b &amp; more"),
        ("#ffa726", "WARNING: rule_a", "measured 7 &lt;of&gt; a &amp; more"),
        ("#29b6f6", "INFO: rule_c", "measured 7 &lt;of&gt; c &amp; more"),
    ]

    (event,) = [body for path, body in web.got if path == "/v2/enqueue"]
    assert (event["routing_key"], event["event_action"], event["dedup_key"]) == ("key", "trigger", "b-0000-0000")
    assert event["payload"]["severity"] == "critical"
    assert "rule_b: measured 7 <of> b & more" in event["payload"]["summary"]

    (mail,) = post_office.got
    assert mail["To"] == "ops@example.com, data@example.com"
    assert mail["Subject"] == "EROS (prod): 1 critical, 1 warning, 1 info"
    text = str(mail.get_payload())
    assert text.index("CRITICAL: rule_b") < text.index("WARNING: rule_a") < text.index("INFO: rule_c")
    assert "eros alerts ack b-0000-0" in text

    assert table.posted == [
        (("b-0000-0000", "a-0000-0000", "c-0000-0000"), "slack"),
        (("b-0000-0000",), "pagerduty"),
        (("b-0000-0000", "a-0000-0000", "c-0000-0000"), "email"),
    ]
    assert table.seen == ["c-0000-0000"]


def test_what_a_receiver_has_is_not_sent_to_it_again(everywhere: tuple[Route, ...], web: listening.Http) -> None:
    told(Table(alert("a", "CRITICAL", posted=("slack", "pagerduty", "email"))), everywhere)
    assert web.got == []


@pytest.mark.parametrize(
    ("level", "minutes", "acknowledged", "receiver"),
    [
        ("CRITICAL", 30, False, "pagerduty"),
        ("CRITICAL", 29, False, None),
        ("CRITICAL", 30, True, None),
        ("WARNING", 120, False, "email"),
        ("WARNING", 119, False, None),
        ("INFO", 500, False, None),
    ],
)
def test_what_nobody_acknowledges_is_told_further_once(
    everywhere: tuple[Route, ...], level: str, minutes: int, acknowledged: bool, receiver: str | None
) -> None:
    before = ("slack", "pagerduty", "email")
    waiting = alert("a", level, minutes, acknowledged=acknowledged, posted=before)
    found = due([waiting], everywhere, NOW, STACK, office=False)
    assert [one.route.name for one in found] == ([receiver] if receiver else [])
    if receiver:
        assert f"not acknowledged for {minutes} minutes" in found[0].title
        again = alert("a", level, minutes, posted=(*before, found[0].mark))
        assert due([again], everywhere, NOW + timedelta(hours=9), STACK, office=False) == []


def test_without_pagerduty_an_escalation_goes_to_the_first_receiver(everywhere: tuple[Route, ...]) -> None:
    (found,) = due([alert("a", "CRITICAL", 31, posted=("slack",))], everywhere[:1], NOW, STACK, office=False)
    assert (found.route.name, found.mark) == ("slack", "escalation:slack")


@pytest.mark.parametrize(
    ("now", "opened"),
    [
        (datetime(2025, 6, 11, 16, 0, tzinfo=UTC), True),  # Wednesday 09:00
        (datetime(2025, 6, 11, 15, 59, tzinfo=UTC), False),
        (datetime(2025, 6, 12, 0, 0, tzinfo=UTC), False),  # Wednesday 17:00, already Thursday in UTC
        (datetime(2025, 6, 11, 23, 59, tzinfo=UTC), True),
        (datetime(2025, 6, 14, 18, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2025, 1, 8, 16, 30, tzinfo=UTC), False),  # 08:30 in winter
    ],
)
def test_outside_business_hours_only_what_is_critical_is_told_and_the_rest_later(
    everywhere: tuple[Route, ...], now: datetime, opened: bool
) -> None:
    assert is_open(now) is opened
    alerts = [alert("a", "WARNING"), alert("b", "CRITICAL")]
    slack = due(alerts, everywhere[:1], now, STACK, office=True)[0]
    assert {one.kind for one in slack.alerts} == ({"rule_a", "rule_b"} if opened else {"rule_b"})
    assert due(alerts[:1], everywhere[:1], now, STACK, office=False)


def test_a_receiver_that_fails_stops_no_other_is_tried_again_and_its_address_is_never_said(
    everywhere: tuple[Route, ...], web: listening.Http, post_office: listening.Smtp
) -> None:
    web.answer, post_office.refuses = 500, True
    table = Table(alert("a", "CRITICAL"), alert("c", "INFO"))
    said = told(table, everywhere)
    assert table.posted == []
    assert table.seen == []
    assert len(said) == 3
    assert "HTTP 500" in said[0]
    assert "code 550" in said[2] or "SMTPRecipientsRefused" in said[2]
    assert "hunter2" not in "".join(said)
    assert "secret words" not in "".join(said)
    web.answer = 200
    told(table, everywhere)
    assert [route for _, route in table.posted] == ["slack", "pagerduty"]


def test_a_receiver_that_is_not_there_is_named_without_its_address(everywhere: tuple[Route, ...]) -> None:
    dead = Slack(f"http://127.0.0.1:9/{SECRET}")
    (said,) = told(Table(alert("a", "CRITICAL")), [dead])
    assert "slack does not answer" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"EROS_SLACK_WEBHOOK": "https://hooks.example.com/x"}, ["slack"]),
        ({"EROS_PAGERDUTY_KEY": "k", "EROS_SMTP_URL": "smtp://mail.example.com"}, ["pagerduty", "email"]),
    ],
)
def test_receivers_are_those_that_the_environment_states(environment: dict[str, str], found: list[str]) -> None:
    assert [route.name for route in routes(environment, STACK, "ops@example.com")] == found


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "nobody would be told"),
        ({"EROS_SLACK_WEBHOOK": SECRET}, "EROS_SLACK_WEBHOOK is no address"),
        ({"EROS_SMTP_URL": "ftp://hunter2@host"}, "EROS_SMTP_URL is no address"),
        ({"EROS_SMTP_URL": "smtp://host:hunter2"}, "EROS_SMTP_URL is no address"),
    ],
)
def test_wrong_receivers_are_refused_by_name_and_without_their_value(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ErosError, match=said) as caught:
        routes(environment, STACK, "ops@example.com")
    assert caught.value.fix
    assert "hunter2" not in str(caught.value)


def test_mail_goes_to_the_stated_recipients_else_to_the_stacks_address() -> None:
    server = {"EROS_SMTP_URL": "smtp://mail.example.com"}
    (default,) = routes(server, STACK, "ops@example.com")
    (stated,) = routes(server | {"EROS_NOTIFICATION_EMAIL": "a@example.com, b@example.com"}, STACK, "ops@example.com")
    assert isinstance(default, Mail)
    assert isinstance(stated, Mail)
    assert default.recipients == ("ops@example.com",)
    assert stated.recipients == ("a@example.com", "b@example.com")
    assert module.PORTS["smtp+tls"] == 587
