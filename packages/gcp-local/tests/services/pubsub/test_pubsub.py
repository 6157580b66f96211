"""Topics, subscriptions and the messages between them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock

PROJECT = "/pubsub/v1/projects/gcp-local"
TOPIC, SUBSCRIPTION = f"{PROJECT}/topics/news", f"{PROJECT}/subscriptions/reader"
NAME = "projects/gcp-local/topics/news"


@pytest.fixture
def reader(api: Api) -> Api:
    """A project with a topic and a subscription of it."""
    api("PUT", TOPIC, {"labels": {"a": "b"}})
    api("PUT", SUBSCRIPTION, {"topic": NAME})
    return api


def publish(api: Api, *texts: str) -> list[str]:
    messages = [{"data": base64.b64encode(text.encode()).decode(), "attributes": {"n": text}} for text in texts]
    ids: list[str] = api("POST", f"{TOPIC}:publish", {"messages": messages})["messageIds"]
    return ids


def pull(api: Api, most: int = 10) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("POST", f"{SUBSCRIPTION}:pull", {"maxMessages": most}).get("receivedMessages", [])
    return found


def texts(received: list[dict[str, Any]]) -> list[str]:
    return [base64.b64decode(one["message"]["data"]).decode() for one in received]


class TestTopics:
    """Created, read, changed and deleted."""

    def test_a_topic_is_created_once(self, reader: Api) -> None:
        assert reader("GET", TOPIC) == {"name": NAME, "labels": {"a": "b"}}
        assert reader("GET", f"{PROJECT}/topics")["topics"] == [reader("GET", TOPIC)]
        error = reader.refused(409, "PUT", TOPIC, {})
        assert error["message"] == "Resource already exists in the project (resource=news)."
        error = reader.refused(404, "GET", f"{PROJECT}/topics/none")
        assert error["message"] == "Resource not found (resource=none)."

    def test_a_change_is_what_the_mask_names(self, reader: Api) -> None:
        body = {"topic": {"labels": {"c": "d"}, "messageRetentionDuration": "86400s"}, "updateMask": "labels"}
        assert reader("PATCH", TOPIC, body) == {"name": NAME, "labels": {"c": "d"}}
        reader.refused(400, "PATCH", TOPIC, {"topic": {}, "updateMask": "name"})
        reader.refused(400, "PATCH", TOPIC, {"topic": {}})

    def test_a_subscription_outlives_its_topic(self, reader: Api) -> None:
        assert reader("GET", f"{TOPIC}/subscriptions") == {"subscriptions": ["projects/gcp-local/subscriptions/reader"]}
        publish(reader, "last")
        reader("DELETE", TOPIC)
        assert reader("GET", SUBSCRIPTION)["topic"] == "_deleted-topic_"
        assert texts(pull(reader)) == ["last"]

    @pytest.mark.parametrize(
        ("code", "path", "body", "message"),
        [
            (400, "1st", {}, "Invalid resource name"),
            (400, "ab", {}, "Invalid resource name"),
            (400, "goog-x", {}, "Invalid resource name"),
            (400, "good", {"messageRetentionDuration": "5s"}, "messageRetentionDuration"),
            (400, "good", {"colour": "red"}, 'Unknown name "colour": Cannot find field'),
            (501, "good", {"kmsKeyName": "k"}, "kmsKeyName"),
            (501, "good", {"schemaSettings": {"schema": "s"}}, "schemaSettings"),
        ],
    )
    def test_what_cannot_be_a_topic_is_refused(
        self, api: Api, code: int, path: str, body: dict[str, Any], message: str
    ) -> None:
        assert message in api.refused(code, "PUT", f"{PROJECT}/topics/{path}", body)["message"]

    def test_pubsub_has_to_be_enabled(self, new_project: Api) -> None:
        assert "Cloud Pub/Sub API has not been used" in new_project.refused(403, "PUT", TOPIC, {})["message"]


class TestSubscriptions:
    """Created with Google's defaults, changed, refused where this cloud could do nothing."""

    def test_a_subscription_has_googles_defaults(self, reader: Api) -> None:
        assert reader("GET", SUBSCRIPTION) == {
            "name": "projects/gcp-local/subscriptions/reader",
            "topic": NAME,
            "pushConfig": {},
            "ackDeadlineSeconds": 10,
            "messageRetentionDuration": "604800s",
            "expirationPolicy": {"ttl": "2678400s"},
            "state": "ACTIVE",
        }
        reader.refused(409, "PUT", SUBSCRIPTION, {"topic": NAME})

    def test_a_change_is_what_the_mask_names(self, reader: Api) -> None:
        body = {"subscription": {"ackDeadlineSeconds": 60}, "updateMask": "ackDeadlineSeconds"}
        assert reader("PATCH", SUBSCRIPTION, body)["ackDeadlineSeconds"] == 60
        body = {"subscription": {"topic": NAME}, "updateMask": "topic"}
        assert "cannot be changed" in reader.refused(400, "PATCH", SUBSCRIPTION, body)["message"]

    @pytest.mark.parametrize(
        ("code", "body", "message"),
        [
            (404, {"topic": "projects/gcp-local/topics/none"}, "Resource not found (resource=none)."),
            (400, {"topic": "news"}, "Invalid resource name"),
            (403, {"topic": "projects/other/topics/news"}, "Permission denied"),
            (400, {"ackDeadlineSeconds": 5}, "between 10 and 600"),
            (501, {"pushConfig": {"pushEndpoint": "https://x.example.com"}}, "a push subscription"),
            (501, {"filter": 'attributes.a="b"'}, "the field filter"),
            (501, {"deadLetterPolicy": {"maxDeliveryAttempts": 5}}, "deadLetterPolicy"),
        ],
    )
    def test_what_cannot_be_a_subscription_is_refused(
        self, reader: Api, code: int, body: dict[str, Any], message: str
    ) -> None:
        path = f"{PROJECT}/subscriptions/other"
        assert message in reader.refused(code, "PUT", path, {"topic": NAME, **body})["message"]

    def test_a_deleted_subscription_takes_its_messages_along(self, reader: Api) -> None:
        publish(reader, "one")
        reader("DELETE", SUBSCRIPTION)
        reader.refused(404, "POST", f"{SUBSCRIPTION}:pull", {"maxMessages": 1})
        reader("PUT", SUBSCRIPTION, {"topic": NAME})
        assert pull(reader) == []


class TestMessages:
    """Each subscription gets each message until it acknowledges it."""

    def test_a_message_comes_until_it_is_acknowledged(self, reader: Api, clock: Clock) -> None:
        ids = publish(reader, "one", "two")
        first = pull(reader)
        assert (texts(first), [one["message"]["messageId"] for one in first]) == (["one", "two"], ids)
        assert first[0]["message"]["attributes"] == {"n": "one"}
        assert first[0]["message"]["publishTime"] == "2026-03-01T12:00:00Z"
        assert pull(reader) == []
        reader("POST", f"{SUBSCRIPTION}:acknowledge", {"ackIds": [first[0]["ackId"]]})
        clock.advance(seconds=11)
        assert texts(pull(reader)) == ["two"]

    def test_a_pull_takes_as_many_as_it_asks_for(self, reader: Api) -> None:
        publish(reader, "one", "two", "three")
        assert texts(pull(reader, 2)) == ["one", "two"]
        assert texts(pull(reader, 2)) == ["three"]
        reader.refused(400, "POST", f"{SUBSCRIPTION}:pull", {})

    def test_a_deadline_is_moved_and_given_up(self, reader: Api, clock: Clock) -> None:
        publish(reader, "one")
        ack_ids = [pull(reader)[0]["ackId"]]
        reader("POST", f"{SUBSCRIPTION}:modifyAckDeadline", {"ackIds": ack_ids, "ackDeadlineSeconds": 60})
        clock.advance(seconds=30)
        assert pull(reader) == []
        reader("POST", f"{SUBSCRIPTION}:modifyAckDeadline", {"ackIds": ack_ids, "ackDeadlineSeconds": 0})
        assert texts(pull(reader)) == ["one"]

    def test_every_subscription_gets_what_is_published_after_it_was_made(self, reader: Api) -> None:
        publish(reader, "one")
        reader("PUT", f"{PROJECT}/subscriptions/late", {"topic": NAME})
        publish(reader, "two")
        assert texts(pull(reader)) == ["one", "two"]
        late = reader("POST", f"{PROJECT}/subscriptions/late:pull", {"maxMessages": 9})["receivedMessages"]
        assert texts(late) == ["two"]

    def test_a_message_that_nobody_takes_is_dropped_after_a_week(self, reader: Api, clock: Clock) -> None:
        publish(reader, "one")
        clock.advance(days=8)
        assert pull(reader) == []

    @pytest.mark.parametrize(
        ("messages", "message"),
        [
            ([], "between 1 and 1000"),
            ([{}], "non-empty data"),
            ([{"data": "%%"}], "Base64 decoding failed"),
            ([{"data": "aGk=", "messageId": "1"}], "must not be set"),
        ],
    )
    def test_what_cannot_be_published_is_refused(
        self, reader: Api, messages: list[dict[str, Any]], message: str
    ) -> None:
        assert message in reader.refused(400, "POST", f"{TOPIC}:publish", {"messages": messages})["message"]
        assert pull(reader) == []

    def test_an_ack_id_of_another_subscription_is_refused(self, reader: Api) -> None:
        other = base64.urlsafe_b64encode(b"other/1").decode()
        error = reader.refused(400, "POST", f"{SUBSCRIPTION}:acknowledge", {"ackIds": [other]})
        assert error["message"] == f"You have passed an invalid ack ID to the service (ack_id={other})."
        reader.refused(400, "POST", f"{SUBSCRIPTION}:acknowledge", {})


def test_a_topics_policy_is_kept_and_gone_with_it(reader: Api) -> None:
    binding = {"role": "roles/pubsub.publisher", "members": ["user:ann@example.com"]}
    set_policy = reader("POST", f"{TOPIC}:setIamPolicy", {"policy": {"bindings": [binding]}})
    assert set_policy["bindings"] == [binding]
    assert reader("GET", f"{TOPIC}:getIamPolicy") == set_policy
    asked = {"permissions": ["pubsub.topics.publish"]}
    assert reader("POST", f"{TOPIC}:testIamPermissions", asked) == asked
    wrong = {"policy": {"bindings": [{"role": "roles/storage.admin", "members": ["user:ann@example.com"]}]}}
    assert "not supported" in reader.refused(400, "POST", f"{TOPIC}:setIamPolicy", wrong)["message"]
    reader("DELETE", TOPIC)
    reader.refused(404, "GET", f"{TOPIC}:getIamPolicy")
    reader("PUT", TOPIC, {})
    assert "bindings" not in reader("GET", f"{TOPIC}:getIamPolicy")
