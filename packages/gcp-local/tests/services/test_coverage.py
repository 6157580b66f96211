"""The page that says what is emulated says what is registered."""

from __future__ import annotations

from collections import Counter

from gcp_local.services.app import SERVICES
from gcp_local.services.coverage import PATH, coverage


def test_the_page_is_current() -> None:
    assert PATH.read_text() == coverage(), "run: python -m gcp_local.services.coverage"


def test_no_request_has_two_methods() -> None:
    for service in SERVICES:
        counts = Counter((method.verb, method.template) for method in service.methods)
        assert [key for key, count in counts.items() if count > 1] == []


def test_every_handler_says_what_it_does() -> None:
    undocumented = [
        method.id
        for service in SERVICES
        for method in service.methods
        if method.handler and not (method.handler.__doc__ or "").strip()
    ]
    assert undocumented == []
