"""What Google has no method for, below `/local`: the clock, an evaluation at once, the outbox, the receivers and
who may open a spreadsheet.

For drills and tests: nothing has to be waited for, and what was sent can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from gcp_local.services import receivers
from gcp_local.services.cloud import Cloud, MovableClock
from gcp_local.services.errors import ApiError, Json, invalid
from gcp_local.services.monitoring import outbox
from gcp_local.services.monitoring.evaluator import Evaluator
from gcp_local.services.scalars import instant_of, timestamp
from gcp_local.services.sheets import spreadsheets

Handler = Callable[[Cloud, Evaluator, Request, Json], Json]


def clock(cloud: Cloud, evaluator: Evaluator, request: Request, body: Json) -> Json:  # noqa: ARG001
    """The time of this cloud; `{"advance": "1800s"}` or `{"now": INSTANT}` moves it on, never back."""
    if request.method == "POST":
        if not isinstance(cloud.clock, MovableClock):
            raise invalid("The clock of this cloud cannot be moved.")
        cloud.clock.move_to(_target(cloud.now(), body))
        cloud.work.set()
    return {"now": timestamp(cloud.now())}


def evaluate(cloud: Cloud, evaluator: Evaluator, request: Request, body: Json) -> Json:  # noqa: ARG001
    """Evaluate all alert policies now and deliver their notifications."""
    return evaluator.now()


def sent(cloud: Cloud, evaluator: Evaluator, request: Request, body: Json) -> Json:  # noqa: ARG001
    """The outbox, oldest first; `after=N` leaves out the first N records."""
    after = request.query_params.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,9}", after):
        raise invalid(f"after must be a number of records: {after}", field="after")
    found = outbox.read(cloud)
    return {"file": str(outbox.path(cloud)), "total": len(found), "records": found[int(after) :]}


def reached(cloud: Cloud, evaluator: Evaluator, request: Request, body: Json) -> Json:  # noqa: ARG001
    """Where notifications are really sent; PUT `{"smtp": "HOST:PORT", "http": "http://HOST:PORT"}` sets it."""
    if request.method == "PUT":
        return receivers.write(cloud, body).as_json()
    return receivers.read(cloud).as_json()


def shared(cloud: Cloud, evaluator: Evaluator, request: Request, body: Json) -> Json:  # noqa: ARG001
    """What the caller may do with a spreadsheet: `{"role": "none"}`, `reader`, `writer`."""
    return spreadsheets.share(cloud, request.path_params["id"], str(body.get("role", "")))


ROUTES: tuple[tuple[str, list[str], Handler], ...] = (
    ("/local/clock", ["GET", "POST"], clock),
    ("/local/evaluate", ["POST"], evaluate),
    ("/local/outbox", ["GET"], sent),
    ("/local/receivers", ["GET", "PUT"], reached),
    ("/local/spreadsheets/{id}", ["PUT"], shared),
)


def add_routes(app: FastAPI, cloud: Cloud, evaluator: Evaluator) -> None:
    """Serve them."""
    for path, verbs, handler in ROUTES:
        app.add_api_route(path, _served(cloud, evaluator, handler), methods=verbs)


def _served(cloud: Cloud, evaluator: Evaluator, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            body = _body(await request.body())
            return JSONResponse(await run_in_threadpool(handler, cloud, evaluator, request, body))
        except ApiError as error:
            return JSONResponse(error.body(), error.code)

    return serve


def _body(payload: bytes) -> Json:
    try:
        body: Any = json.loads(payload or b"{}")
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body


def _target(now: datetime, body: Json) -> datetime:
    advance, instant = str(body.get("advance", "")), instant_of(str(body.get("now", "")))
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?s", advance) and "now" not in body:
        return now + timedelta(seconds=float(advance[:-1]))
    if instant is None or "advance" in body:
        raise invalid('Either "advance" (a duration such as "1800s") or "now" (an instant) must be given.')
    if instant < now:
        raise invalid(f"The clock goes forward only: it is {timestamp(now)} already.", field="now")
    return instant
