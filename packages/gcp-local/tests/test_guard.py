"""The guard in front of the local servers: programs pass, what a web page can send does not."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gcp_local.guard import Guard

HERE = "127.0.0.1:9050"
JSON = {"Content-Type": "application/json"}


async def served(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"served {len(await request.body())}")


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/{path:path}", served, methods=["GET", "POST", "PUT", "OPTIONS"])])
    return TestClient(Guard(app, lambda path: path.startswith("/upload/")), base_url=f"http://{HERE}")


@pytest.mark.parametrize("host", [HERE, "localhost:1", "LOCALHOST", "[::1]:9050", "127.0.0.1"])
def test_every_name_of_this_machine_is_served(client: TestClient, host: str) -> None:
    assert client.get("/x", headers={"Host": host}).text == "served 0"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9050", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1", "0"]
)
def test_a_name_that_only_leads_here_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/x", headers={"Host": host})
    assert answer.status_code == 403
    assert "is not this machine" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "https://127.0.0.1:9050"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_request_of_another_sites_page_is_refused(client: TestClient, method: str, headers: dict[str, str]) -> None:
    answer = client.request(method, "/upload/x", headers=headers)
    assert answer.status_code == 403
    assert "answers no web page" in answer.json()["error"]["message"]
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_page_of_the_server_itself_is_served(client: TestClient) -> None:
    headers = {"Origin": f"http://{HERE}", "Sec-Fetch-Site": "same-origin"}
    assert client.get("/x", headers=headers).text == "served 0"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_a_page_may_send_unasked_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post("/x", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "badContent"


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8"])
def test_json_is_served(client: TestClient, kind: str) -> None:
    assert client.post("/x", content=b"{}", headers={"Content-Type": kind}).text == "served 2"


def test_a_body_of_unknown_length_needs_its_type_too(client: TestClient) -> None:
    assert client.post("/x", content=iter([b"{}"])).status_code == 400
    assert client.post("/x", content=iter([b"{}"]), headers=JSON).text == "served 2"


def test_an_upload_is_of_any_type_and_a_request_without_body_of_none(client: TestClient) -> None:
    assert client.post("/upload/x", content=b"data", headers={"Content-Type": "text/plain"}).text == "served 4"
    assert client.post("/x").text == "served 0"
