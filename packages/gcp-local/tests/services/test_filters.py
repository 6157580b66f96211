"""Filters are parsed far enough to refuse what is none."""

from __future__ import annotations

import pytest

from gcp_local.services.filters import FilterError, parse_filter, restricts


@pytest.mark.parametrize(
    "text",
    [
        'metric.type="a" AND resource.type="b"',
        'resource.type = "x" (severity=ERROR OR severity=CRITICAL)',
        'NOT labels.a="b" AND metric.labels.c!="d"',
        '-resource.labels.x:"y"',
        'log_id("a/b")\nseverity>=ERROR\njsonPayload.message=~"x|y=\\"z\\""',
        'resource.labels.id=one_of("a","b")',
        'textPayload:("a" OR "b")',
        '"free text"',
    ],
)
def test_a_filter_is_taken(text: str) -> None:
    parse_filter(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a="b', "line 1, column 3, token '\"'"),
        ('(a="b"', "end of filter"),
        ('a="b")', "line 1, column 6, token ')'"),
        ('x="1"\na= AND b="c"', "line 2, column 4, token 'AND'"),
        ('a="b" AND', "end of filter"),
        ('="b"', "token '='"),
    ],
)
def test_a_broken_filter_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(FilterError, match="Unparseable filter") as caught:
        parse_filter(text)
    assert place in str(caught.value)


def test_a_field_in_a_text_is_no_restriction() -> None:
    assert restricts(parse_filter('resource.type="x"'), "resource.type")
    assert not restricts(parse_filter('metric.type="resource.type=1"'), "resource.type")
