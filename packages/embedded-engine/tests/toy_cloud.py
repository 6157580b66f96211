"""A toy cloud in an SQLite file, and a provider for it that speaks Pulumi's protocol over gRPC.

Types of package `toy`: a Box is deleted before it is replaced; an Item is created before its predecessor goes and
may lie `inside` a box. Like a real cloud it refuses what already exists, what lies in a box that does not exist,
and to delete a box that is not empty. Faults and delays are kept in the file too, so that tests can set them while
the provider runs in another process.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent import futures
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from embedded_engine.values import SECRET, SIGNATURE, UNKNOWN, contains, is_unknown, load_struct, reveal

BOX, ITEM = "toy:index:Box", "toy:index:Item"
_CHANGED = (provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME)
_REPLACES = {BOX: {"place", "name"}, ITEM: {"place", "inside"}}


class CloudError(Exception):
    """The cloud refuses a request."""


class ToyCloud:
    """The objects of the cloud by id, and everything that was ever done to them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as db:
            db.executescript(
                """
                PRAGMA journal_mode = WAL;
                CREATE TABLE IF NOT EXISTS objects(id TEXT PRIMARY KEY, urn TEXT, inputs TEXT, serial INTEGER);
                CREATE TABLE IF NOT EXISTS events(number INTEGER PRIMARY KEY, event TEXT, id TEXT);
                CREATE TABLE IF NOT EXISTS settings(key TEXT PRIMARY KEY, value TEXT);
                """
            )

    @contextmanager
    def _connected(self) -> Any:
        with closing(sqlite3.connect(self._path, timeout=30)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            yield db

    def set(self, key: str, value: Any) -> None:
        """Sets what goes wrong (a list of resource names by kind of fault) or how long things take."""
        with self._connected() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))

    def get(self, key: str, default: Any) -> Any:
        """A setting."""
        with self._connected() as db:
            row = db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def objects(self) -> dict[str, dict[str, Any]]:
        """The inputs of every object by id."""
        with self._connected() as db:
            return {id_: json.loads(inputs) for id_, inputs in db.execute("SELECT id, inputs FROM objects")}

    def events(self) -> list[tuple[str, str]]:
        """Everything done so far, as (create, update or delete; id)."""
        with self._connected() as db:
            return list(db.execute("SELECT event, id FROM events ORDER BY number"))

    def edit(self, id_: str, **changes: Any) -> None:
        """Changes an object behind the engine's back."""
        with self._connected() as db:
            inputs = {
                **json.loads(db.execute("SELECT inputs FROM objects WHERE id = ?", (id_,)).fetchone()[0]),
                **changes,
            }
            db.execute("UPDATE objects SET inputs = ? WHERE id = ?", (json.dumps(inputs), id_))

    def remove(self, id_: str) -> None:
        """Removes an object behind the engine's back."""
        with self._connected() as db:
            db.execute("DELETE FROM objects WHERE id = ?", (id_,))

    def create(self, urn: str, inputs: dict[str, Any]) -> tuple[str, int]:
        """Creates an object; a repetition of the very request that made an object is answered with that object."""
        id_, text = inputs["name"], json.dumps(inputs, sort_keys=True)
        with self._connected() as db:
            found = db.execute("SELECT urn, inputs, serial FROM objects WHERE id = ?", (id_,)).fetchone()
            if found:
                if (found[0], found[1]) == (urn, text):
                    return id_, found[2]
                raise CloudError(f"409: {id_} already exists")
            inside = inputs.get("inside")
            if inside and not db.execute("SELECT 1 FROM objects WHERE id = ?", (inside,)).fetchone():
                raise CloudError(f"404: there is no box {inside}")
            db.execute("INSERT INTO objects VALUES (?, ?, ?, 1)", (id_, urn, text))
            db.execute("INSERT INTO events(event, id) VALUES ('create', ?)", (id_,))
        return id_, 1

    def update(self, id_: str, inputs: dict[str, Any]) -> int:
        """Changes an object; returns how often it was changed."""
        with self._connected() as db:
            row = db.execute("SELECT serial FROM objects WHERE id = ?", (id_,)).fetchone()
            if row is None:
                raise CloudError(f"404: {id_} does not exist")
            text = json.dumps(inputs, sort_keys=True)
            db.execute("UPDATE objects SET inputs = ?, serial = serial + 1 WHERE id = ?", (text, id_))
            db.execute("INSERT INTO events(event, id) VALUES ('update', ?)", (id_,))
            return int(row[0]) + 1

    def delete(self, id_: str) -> None:
        """Deletes an object if it is there."""
        with self._connected() as db:
            for other, inputs in db.execute("SELECT id, inputs FROM objects").fetchall():
                if json.loads(inputs).get("inside") == id_:
                    raise CloudError(f"409: the box {id_} is not empty: {other}")
            if db.execute("DELETE FROM objects WHERE id = ?", (id_,)).rowcount:
                db.execute("INSERT INTO events(event, id) VALUES ('delete', ?)", (id_,))

    def read(self, id_: str) -> tuple[dict[str, Any], int] | None:
        """An object's inputs and how often it was changed."""
        with self._connected() as db:
            row = db.execute("SELECT inputs, serial FROM objects WHERE id = ?", (id_,)).fetchone()
        return (json.loads(row[0]), row[1]) if row else None


class ToyProvider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider. `accepts_secrets` can be turned off; `requests` keeps the last request of each method."""

    def __init__(self, cloud: ToyCloud, accepts_secrets: bool = True) -> None:
        self.cloud, self.accepts_secrets = cloud, accepts_secrets
        self.requests: dict[str, Any] = {}
        self.config: dict[str, Any] = {}
        self.active = self.most_active = 0
        self._lock = threading.Lock()

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=self.accepts_secrets)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="1.0.0")

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        olds, news = load_struct(request.old_inputs), load_struct(request.news)
        keys = sorted(key for key in (olds.keys() | news.keys()) - {"version"} if olds.get(key) != news.get(key))
        return provider_pb2.DiffResponse(
            changes=_CHANGED[bool(keys)], diffs=keys, replaces=[key for key in keys if key == "region"]
        )

    def Configure(self, request: Any, context: Any) -> Any:
        self.config = load_struct(request.args)
        return provider_pb2.ConfigureResponse(acceptSecrets=self.accepts_secrets, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        args = load_struct(request.args)
        if args.get("fail"):
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(property="fail", reason="asked to")])
        answer: dict[str, Any] = {"return": _struct({"echo": args.get("text", "")})}
        return provider_pb2.InvokeResponse(**answer)

    def Check(self, request: Any, context: Any) -> Any:
        self.requests["Check"] = request
        news, olds, name = load_struct(request.news), load_struct(request.olds), request.name
        failures = []
        if reveal(news).get("value") == "INVALID":
            failures.append(provider_pb2.CheckFailure(property="value", reason="must not be INVALID"))
        if "name" not in news:
            kept = olds.get("name") if "name" in olds.get("__defaults", []) else None
            random = f"-{request.randomSeed[:3].hex()}" if request.type == ITEM else ""
            news = {**news, "name": kept or f"{name}{random}", "__defaults": ["name"]}
        return provider_pb2.CheckResponse(inputs=_struct(news), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        self.requests["Diff"] = request
        olds, news = reveal(load_struct(request.old_inputs)), reveal(load_struct(request.news))
        kinds = provider_pb2.PropertyDiff
        detailed: dict[str, provider_pb2.PropertyDiff] = {}
        for key in sorted((olds.keys() | news.keys()) - {"__defaults"} - set(request.ignoreChanges)):
            if olds.get(key) != news.get(key):
                kind = "ADD" if key not in olds else "DELETE" if key not in news else "UPDATE"
                suffix = "_REPLACE" if key in _REPLACES[request.type] else ""
                detailed[key] = kinds(kind=kinds.Kind.Value(kind + suffix), inputDiff=True)
        return provider_pb2.DiffResponse(
            changes=_CHANGED[bool(detailed)],
            diffs=list(detailed),
            replaces=[key for key in detailed if key in _REPLACES[request.type]],
            detailedDiff=detailed,
            hasDetailedDiff=True,
            deleteBeforeReplace=request.type == BOX,
        )

    def Create(self, request: Any, context: Any) -> Any:
        self.requests["Create"] = request
        inputs = load_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=_struct(self._outputs(inputs, None)))
        self._work("create", request.name, context)
        id_, serial = self._ask(context, lambda: self.cloud.create(request.urn, _plain(inputs)))
        outputs = _struct(self._outputs(inputs, serial))
        if request.name in self.cloud.get("init", []):
            self._fail_init(context, id_, outputs)
        return provider_pb2.CreateResponse(id=id_, properties=outputs)

    def Update(self, request: Any, context: Any) -> Any:
        self.requests["Update"] = request
        inputs = load_struct(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=_struct(self._outputs(inputs, None)))
        self._work("update", request.name, context)
        serial = self._ask(context, lambda: self.cloud.update(request.id, _plain(inputs)))
        outputs = _struct(self._outputs(inputs, serial))
        if request.name in self.cloud.get("init", []):
            self._fail_init(context, request.id, outputs)
        return provider_pb2.UpdateResponse(properties=outputs)

    def Delete(self, request: Any, context: Any) -> Any:
        self.requests["Delete"] = request
        self._work("delete", request.name, context)
        self._ask(context, lambda: self.cloud.delete(request.id))
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:
        self.requests["Read"] = request
        self._work("read", request.name, context)
        found = self.cloud.read(request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        inputs, given = found[0], load_struct(request.inputs)
        for key, value in given.items():  # the cloud does not know which of its values are secret
            if key == "__defaults" or reveal(value) == inputs.get(key):
                inputs[key] = value
        outputs = _struct(self._outputs(inputs, found[1]))
        return provider_pb2.ReadResponse(id=request.id, inputs=_struct(inputs), properties=outputs)

    def _outputs(self, inputs: dict[str, Any], serial: int | None) -> dict[str, Any]:
        known = {key: value for key, value in inputs.items() if key != "__defaults"}
        address = f"toy://{reveal(inputs['name'])}"
        outputs = {**known, "serial": UNKNOWN if serial is None else serial, "address": address}
        return outputs if self.accepts_secrets else reveal(outputs)

    def _work(self, kind: str, name: str, context: grpc.ServicerContext) -> None:
        with self._lock:
            self.active += 1
            self.most_active = max(self.most_active, self.active)
        time.sleep(self.cloud.get("delay", 0.0))
        with self._lock:
            self.active -= 1
        if name in self.cloud.get(kind, []):
            context.abort(grpc.StatusCode.UNKNOWN, f"toy failure: {kind} of {name}")

    @staticmethod
    def _ask(context: grpc.ServicerContext, request: Callable[[], Any]) -> Any:
        try:
            return request()
        except CloudError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    @staticmethod
    def _fail_init(context: grpc.ServicerContext, id_: str, outputs: struct_pb2.Struct) -> None:
        detail = provider_pb2.ErrorResourceInitFailed(id=id_, properties=outputs, reasons=["toy: not ready"])
        status = status_pb2.Status(code=2, message="resource init failed")
        status.details.add().Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, "resource init failed")


def _struct(properties: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct


def _plain(inputs: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in reveal(inputs).items() if key != "__defaults"}
    assert not contains(plain, is_unknown), f"unknown values reached the cloud: {plain}"
    assert SECRET not in json.dumps(plain), f"{SIGNATURE} reached the cloud"
    return plain


def serve(
    provider: ToyProvider, port: int = 0, pool: futures.ThreadPoolExecutor | None = None
) -> tuple[grpc.Server, int]:
    """Serves a provider on a port of this machine (0: any free one); its calls run in `pool`."""
    server = grpc.server(pool or futures.ThreadPoolExecutor(32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, bound


if __name__ == "__main__":
    running, chosen = serve(ToyProvider(ToyCloud(Path(sys.argv[1]))))
    print(chosen, flush=True)
    sys.stdin.read()  # until whoever started this ends
    running.stop(None)
