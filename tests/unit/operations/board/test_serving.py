"""The board on loopback: who is answered, what is read when, and what is said of ports and browsers."""

from __future__ import annotations

import asyncio
import socket
import webbrowser
from collections.abc import Callable

import httpx
import pytest

from operations.board import rendering, serving
from operations.board.panels import Board
from settings.errors import ErosError
from tests.unit.operations.board import canned


@pytest.fixture
def readings() -> list[int]:
    return []


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(readings: list[int]) -> Ask:
    def read() -> Board:
        readings.append(1)
        return canned.empty()

    transport = httpx.ASGITransport(serving.app(read))

    async def sent(path: str, verb: str, host: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8000") as client:
            return await client.request(verb, path)

    def answered(path: str = "/", verb: str = "GET", host: str = "127.0.0.1") -> httpx.Response:
        # With a loop of its own: else the tests after it would have none, which mocked programs need.
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            return runner.run(sent(path, verb, host))

    return answered


def test_the_page_comes_with_its_policy_and_is_kept_by_nobody(ask: Ask) -> None:
    answer = ask()
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == rendering.policy()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    assert '<a href="/">read again</a>' in answer.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.7"])
def test_another_name_for_this_machine_is_not_answered(ask: Ask, readings: list[int], host: str) -> None:
    assert ask(host=host).status_code == 400
    assert readings == []


def test_there_is_one_address_and_one_verb(ask: Ask, readings: list[int]) -> None:
    assert ask(verb="POST").status_code == 405
    assert ask("/etc/passwd").status_code == 404
    assert readings == []


def test_a_page_that_is_asked_for_twice_at_once_is_read_once_and_later_anew(
    ask: Ask, readings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask().text == ask().text
    assert len(readings) == 1
    monkeypatch.setattr(serving, "FRESH_SECONDS", -1.0)
    ask()
    assert len(readings) == 2


def test_a_port_in_use_is_said_with_its_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ErosError, match=rf"port {port} cannot be had: Address already in use(?s:.*)--port"):
            serving.bound(port)


def test_a_free_port_is_on_loopback_only() -> None:
    with serving.bound(0) as made:
        assert made.getsockname()[0] == "127.0.0.1"


def test_a_browser_that_is_not_there_or_would_take_the_terminal_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> webbrowser.BaseBrowser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert not serving.shown("http://127.0.0.1:1/")
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("w3m"))
    assert not serving.shown("http://127.0.0.1:1/")
