"""Objects, uploads and downloads: passed on, streamed both ways, to the object emulator."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError
from gcp_local.services.storage import names
from gcp_local.services.storage.buckets import find

OBJECT_PATH = re.compile(r"/(?:(?:upload|download)/)?storage/v1/b/(?P<bucket>[^/]+)/o(?:/.*)?|/upload/resumable/.+")
# Headers that belong to one connection and not to what is carried.
HOP_HEADERS = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host", "content-length"}
)
TIMEOUT = httpx.Timeout(300.0, connect=5.0)


def client() -> httpx.AsyncClient:
    """The connection pool to the emulator, one a process."""
    # Loopback without TLS: no proxy of the environment, and no time spent on loading certificates.
    return httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=False)


async def pass_on(cloud: Cloud, pool: httpx.AsyncClient, request: Request) -> Response:
    """The emulator's answer to a request for an object; 404 when the bucket is not one of ours."""
    path = request.scope["raw_path"].decode().partition("?")[0]
    match = OBJECT_PATH.fullmatch(path)
    if match and match["bucket"]:
        await run_in_threadpool(find, cloud, match["bucket"])
    names.check_path(path, request.url.query)
    query = f"?{request.url.query}" if request.url.query else ""
    content = await _body(request, path)
    outgoing = pool.build_request(
        request.method, cloud.storage_url + path + query, headers=_request_headers(request), content=content
    )
    try:
        incoming = await pool.send(outgoing, stream=True)
    except httpx.HTTPError as error:
        raise ApiError(503, f"The object emulator at {cloud.storage_url} does not answer: {error!r}") from error
    return await _answer(cloud, request, incoming)


def _request_headers(request: Request) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in request.headers.items() if name not in HOP_HEADERS]
    length = request.headers.get("content-length")
    return [*kept, ("content-length", length)] if length else kept


async def _body(request: Request, path: str) -> AsyncIterator[bytes] | None:
    """The body as it comes, after a look at the names that it starts with."""
    if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
        return None
    stream = _stream(request)
    protocol = request.headers.get("x-goog-upload-protocol", "")
    if not names.carries_metadata(request.method, path, request.url.query, protocol):
        return stream
    head = b""
    async for chunk in stream:
        head += chunk
        if len(head) >= names.HEAD_BYTES:
            break
    names.check_metadata(request.headers.get("content-type", ""), head)
    return _after(head, stream)


async def _after(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for chunk in rest:
        yield chunk


async def _stream(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as error:
        raise httpx.ReadError("the client went away during the upload") from error


async def _answer(cloud: Cloud, request: Request, incoming: httpx.Response) -> Response:
    headers = {
        name: value.replace(cloud.storage_url, _own_url(request)) if name == "location" else value
        for name, value in incoming.headers.items()
        if name not in HOP_HEADERS and not name.startswith("access-control-")
    }
    if _is_metadata(request, incoming):
        await incoming.aread()
        headers.pop("content-encoding", None)
        content = incoming.content.replace(cloud.storage_url.encode(), _own_url(request).encode())
        return Response(content, incoming.status_code, headers)
    if "content-length" in incoming.headers:
        headers["content-length"] = incoming.headers["content-length"]
    return StreamingResponse(_chunks(incoming), incoming.status_code, headers)


def _is_metadata(request: Request, incoming: httpx.Response) -> bool:
    kind = incoming.headers.get("content-type", "")
    is_media = request.query_params.get("alt") == "media" or request.url.path.startswith("/download/")
    return kind.startswith("application/json") and not is_media


async def _chunks(incoming: httpx.Response) -> AsyncIterator[bytes]:
    try:
        # Raw: what was stored compressed is passed on compressed, with its content-encoding header.
        async for chunk in incoming.aiter_raw():
            yield chunk
    finally:
        await incoming.aclose()


def _own_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")
