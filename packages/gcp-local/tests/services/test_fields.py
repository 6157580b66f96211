"""Requests are checked and brought into one form as Google's servers do."""

from __future__ import annotations

from typing import Any

import pytest

from gcp_local.services.errors import ApiError
from gcp_local.services.fields import MapOf, Message, Repeated, Wrapped
from gcp_local.services.scalars import BOOL, DOUBLE, DURATION, STRING, TIMESTAMP, Enum, Integer

COLOURS = Enum("example.Colour", ("NONE", "RED", "BLUE"), (0, 2, 5))
THING = Message(
    {
        "displayName": STRING,
        "disabled": BOOL,
        "enabled": Wrapped(BOOL),
        "size": Integer(32),
        "share": DOUBLE,
        "bytes": Integer(64),
        "when": TIMESTAMP,
        "period": DURATION,
        "colour": COLOURS,
        "labels": MapOf(STRING),
        "parts": Repeated(Message({"first": STRING, "second": Repeated(STRING)}, oneofs={"kind": ("first", "second")})),
    },
    output_only={"etag"},
)


def test_a_good_request_is_answered_in_the_apis_own_form() -> None:
    read = THING.parse(
        {
            "display_name": "x",
            "disabled": False,
            "enabled": False,
            "size": "7",
            "share": "-1.5e2",
            "bytes": 12,
            "when": "2026-03-01T01:00:00+01:00",
            "period": "060.500s",
            "colour": 5,
            "labels": {"a": "b", "c": None},
            "etag": "ignored",
            "parts": [],
        }
    )
    assert read == {
        "displayName": "x",
        "enabled": False,
        "size": 7,
        "share": -150.0,
        "bytes": "12",
        "when": "2026-03-01T00:00:00Z",
        "period": "60.5s",
        "colour": "BLUE",
        "labels": {"a": "b"},
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"colr": 1}, r"Unknown name \"colr\" at 'thing': Cannot find field."),
        ({"parts": [{"frist": ""}]}, r"Unknown name \"frist\" at 'thing.parts\[0\]'"),
        ({"disabled": "yes"}, r"Invalid value at 'thing.disabled' \(TYPE_BOOL\), \"yes\""),
        ({"displayName": 4}, r"Invalid value at 'thing.display_name' \(TYPE_STRING\), 4"),
        ({"size": 3_000_000_000}, r"TYPE_INT32"),
        ({"size": True}, r"TYPE_INT32"),
        ({"share": "half"}, r"TYPE_DOUBLE\), \"half\""),
        ({"share": True}, r"TYPE_DOUBLE"),
        ({"when": "2026-03-01T00:00:00"}, r"Illegal timestamp format"),
        ({"when": "yesterday"}, r"Illegal timestamp format"),
        ({"period": "5 min"}, r"Illegal duration format"),
        ({"colour": "GREEN"}, r"type.googleapis.com/example.Colour\), \"GREEN\""),
        ({"labels": ["a"]}, r"map field"),
        ({"parts": {}}, r"repeated field"),
        ({"parts": [{"first": "a", "second": ["b"]}]}, r"oneof field 'kind' is already set. Cannot set 'second'"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        THING.parse(body, at="thing")
    assert caught.value.code == 400


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(ApiError) as caught:
        THING.parse({"a": 1, "b": 2})
    fields = [violation["description"] for violation in caught.value.details[0]["fieldViolations"]]
    assert fields == [
        'Invalid JSON payload received. Unknown name "a": Cannot find field.',
        'Invalid JSON payload received. Unknown name "b": Cannot find field.',
    ]
