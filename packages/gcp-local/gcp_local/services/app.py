"""The HTTP side: one application for all services, each below its prefix, and the objects of Cloud Storage."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from gcp_local.guard import Guard
from gcp_local.services import (
    budgets,
    kms,
    local,
    logs,
    monitoring,
    pubsub,
    quotas,
    resourcemanager,
    run,
    scheduler,
    sheets,
    storage,
    transfer,
    workload_identity,
)
from gcp_local.services.cloud import Cloud
from gcp_local.services.dispatch import dispatch
from gcp_local.services.errors import ApiError, not_emulated
from gcp_local.services.monitoring.evaluator import Evaluator
from gcp_local.services.registry import Service
from gcp_local.services.storage import objects
from gcp_local.services.transfer.runner import Runner

LOG = logging.getLogger(__name__)
VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

SERVICES: tuple[Service, ...] = (
    transfer.SERVICE,
    logs.SERVICE,
    monitoring.SERVICE,
    pubsub.SERVICE,
    storage.SERVICE,
    # Accounts, custom roles and identity pools are three modules of one API.
    workload_identity.SERVICE,
    quotas.SERVICE,
    resourcemanager.SERVICE,
    kms.SERVICE,
    budgets.SERVICE,
    sheets.SERVICE,
    run.SERVICE,
    scheduler.SERVICE,
)


def create_app(
    cloud: Cloud,
    runner: Runner | None = None,
    services: Sequence[Service] = SERVICES,
    evaluator: Evaluator | None = None,
) -> FastAPI:
    """The application for one cloud; `runner` and `evaluator` are started and stopped with it."""
    by_prefix = {service.name: service for service in services}
    background = [part for part in (runner, evaluator) if part]
    pool = objects.client()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for part in background:
            await run_in_threadpool(part.start)
        yield
        for part in background:
            await run_in_threadpool(part.stop)
        await pool.aclose()

    app = FastAPI(title="Local cloud services", openapi_url=None, lifespan=lifespan)
    app.add_middleware(Guard, carries_data=lambda path: objects.OBJECT_PATH.fullmatch(path) is not None)

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        return {"status": "ok", "project": cloud.project, "services": sorted(by_prefix)}

    # Whoever starts no evaluator can still ask for an evaluation.
    local.add_routes(app, cloud, evaluator or Evaluator(cloud))

    @app.api_route("/{path:path}", methods=VERBS)
    async def answer(request: Request) -> Response:
        # The path as sent: an object's name may hold an encoded slash.
        path = request.scope["raw_path"].decode().partition("?")[0]
        try:
            if objects.OBJECT_PATH.fullmatch(path):
                return await objects.pass_on(cloud, pool, request)
            prefix, _, rest = path.lstrip("/").partition("/")
            if prefix not in by_prefix:
                raise not_emulated(f"{request.method} {path}")
            return await _call(cloud, by_prefix[prefix], request, f"/{rest}")
        except ApiError as error:
            return JSONResponse(error.body(), error.code)
        except Exception:
            LOG.exception("%s %s", request.method, path)
            return JSONResponse(ApiError(500, "Internal error encountered. See the log of the services.").body(), 500)

    return app


async def _call(cloud: Cloud, service: Service, request: Request, path: str) -> Response:
    query = parse_qs(request.url.query, keep_blank_values=True)
    payload = await request.body()
    base_url = str(request.base_url).rstrip("/")
    answer = await run_in_threadpool(dispatch, cloud, service, request.method, path, query, payload, base_url)
    return JSONResponse(answer)
