"""The page that says what is emulated says what is served."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from gcp_local.services.app import SERVICES
from gcp_local.services.coverage import coverage

PAGE = Path(__file__).parents[2] / "COVERAGE.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == coverage(), "run: make renew"


def test_no_request_has_two_methods() -> None:
    for service in SERVICES:
        requests = [
            (method.operation.verb, re.sub(r"\{[^}]*\}", "{}", method.template.text)) for method in service.methods
        ]
        assert len(requests) >= 5
        assert [request for request, count in Counter(requests).items() if count > 1] == []


def test_every_handler_says_what_it_does() -> None:
    undocumented = [
        method.id
        for service in SERVICES
        for method in service.methods
        if method.handler and not (method.handler.__doc__ or "").strip()
    ]
    assert undocumented == []
