"""What a document says is what is served: fields, parameters and methods; what it lacks is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from answers import problems_of
from fastapi.testclient import TestClient
from google.cloud.bigquery_datatransfer_v1.types import ListTransferRunsRequest, TransferMessage, TransferState

from gcp_local.services import storage, transfer
from gcp_local.services.app import SERVICES, create_app
from gcp_local.services.cloud import Cloud
from gcp_local.services.discovery.document import FOLDER
from gcp_local.services.fields import FieldType, MapOf, Message, Repeated, Wrapped
from gcp_local.services.registry import Method, Service
from gcp_local.services.scalars import Enum

if TYPE_CHECKING:
    from services.conftest import Api


CONFIGS = "/bigquerydatatransfer/v1/projects/gcp-local/locations/US/transferConfigs"
SERVED_WHOLE = {"billingbudgets"}
METHODS = [(service, method) for service in SERVICES for method in service.methods]


def body(**changes: Any) -> dict[str, Any]:
    good = {"displayName": "sweep", "dataSourceId": "scheduled_query", "params": {"query": "CALL ds.sweep()"}}
    return {**good, **changes}


@contextmanager
def served(cloud: Cloud, service: Service) -> Iterator[TestClient]:
    others = [one for one in SERVICES if one.name != service.name]
    with TestClient(create_app(cloud, services=[*others, service]), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def altered(tmp_path: Path) -> Callable[..., Service]:
    """The service as it would be if its document were another."""

    def alter(service: Service, change: Callable[[dict[str, Any]], object]) -> Service:
        folder = tmp_path / "documents"
        folder.mkdir()
        for version in service.documents:
            document = json.loads((FOLDER / f"{service.name}.{version}.json").read_text(encoding="utf-8"))
            change(document)
            (folder / f"{service.name}.{version}.json").write_text(json.dumps(document), encoding="utf-8")
        return replace(service, folder=folder)

    return alter


def sample(method: Method) -> str:
    """A path that the method answers."""
    return re.sub(r"\{[^}]+\}", "x1", method.template.text.replace(f"{{{method.template.project}}}", "gcp-local"))


class TestAField:
    """One that the document does not have is refused, wherever it stands."""

    @pytest.mark.parametrize(
        ("schema", "field", "where"),
        [
            ("TransferConfig", "emailPreferences", "transfer_config"),
            ("EmailPreferences", "enableFailureEmail", "transfer_config.email_preferences"),
        ],
    )
    def test_a_field_that_the_document_loses_is_refused(
        self, cloud: Cloud, runner_account: str, altered: Callable[..., Service], schema: str, field: str, where: str
    ) -> None:
        given = body(emailPreferences={"enableFailureEmail": True})

        def post(service: Service) -> Any:
            with served(cloud, service) as client:
                return client.post(CONFIGS, json=given, params={"serviceAccountName": runner_account})

        assert post(transfer.SERVICE).status_code == 200
        lost = post(altered(transfer.SERVICE, lambda document: document["schemas"][schema]["properties"].pop(field)))
        assert lost.status_code == 400
        assert f"Unknown name \"{field}\" at '{where}': Cannot find field." in lost.json()["error"]["message"]

    def test_a_field_that_the_document_gets_is_taken(
        self, cloud: Cloud, runner_account: str, altered: Callable[..., Service]
    ) -> None:
        def add(document: dict[str, Any]) -> None:
            document["schemas"]["TransferConfig"]["properties"]["colour"] = {"type": "string", "enum": ["RED"]}

        with served(cloud, altered(transfer.SERVICE, add)) as client:
            parameters = {"serviceAccountName": runner_account}
            made = client.post(CONFIGS, json=body(colour="RED"), params=parameters)
            assert (made.status_code, made.json()["colour"]) == (200, "RED")
            assert client.post(CONFIGS, json=body(colour="BLUE"), params=parameters).status_code == 400

    @pytest.mark.parametrize(
        "given",
        [
            {"managedTableType": "NATIVE"},
            {"metadataDestination": {"dataplexConfiguration": {"entryGroup": "projects/p/locations/l/entryGroups/g"}}},
            {"paramConfig": {}},
        ],
    )
    def test_the_newer_fields_of_a_transfer_config_are_kept(
        self, api: Api, runner_account: str, given: dict[str, Any]
    ) -> None:
        made = api("POST", CONFIGS, body(**given), serviceAccountName=runner_account)
        assert {name: made[name] for name in given} == given

    @pytest.mark.parametrize(
        "given",
        [{"managedTableType": "BIGLAKE"}, {"paramConfig": {"secretManagerManagedParams": ["query"]}}],
    )
    def test_what_they_ask_for_beyond_this_cloud_is_refused_by_name(
        self, api: Api, runner_account: str, given: dict[str, Any]
    ) -> None:
        error = api.refused(501, "POST", CONFIGS, body(**given), serviceAccountName=runner_account)
        assert next(iter(given)) in error["message"]


class TestAParameter:
    """Query parameters are those of the document, each of its type."""

    def test_a_parameter_that_the_document_loses_is_refused(
        self, cloud: Cloud, runner_account: str, altered: Callable[..., Service]
    ) -> None:
        def lose(document: dict[str, Any]) -> None:
            del document["methods"]["projects.locations.transferConfigs.list"]["parameters"]["dataSourceIds"]

        with served(cloud, transfer.SERVICE) as client:
            assert client.get(CONFIGS, params={"dataSourceIds": "x"}).status_code == 200
        with served(cloud, altered(transfer.SERVICE, lose)) as client:
            error = client.get(CONFIGS, params={"dataSourceIds": "x"})
        assert error.status_code == 400
        assert 'Unknown name "dataSourceIds": Cannot bind query parameter' in error.json()["error"]["message"]

    @pytest.mark.parametrize(
        ("path", "parameters"),
        [
            ("/iam/v1/projects/gcp-local/roles", {"showDeleted": "maybe"}),
            ("/iam/v1/projects/gcp-local/roles", {"view": "ALL"}),
            ("/storage/v1/b", {"project": "gcp-local", "maxResults": "-1"}),
            ("/storage/v1/b", {"project": "gcp-local", "projection": "half"}),
        ],
    )
    def test_a_value_of_another_type_is_refused(self, api: Api, path: str, parameters: dict[str, Any]) -> None:
        error = api.refused(400, "GET", path, **parameters)
        assert list(parameters)[-1] in error["message"]

    def test_an_enum_is_taken_by_name_and_by_number(self, api: Api) -> None:
        for view in ("FULL", "1", "full_"):
            if view == "full_":
                api.refused(400, "GET", "/iam/v1/projects/gcp-local/roles", view=view)
            else:
                api("GET", "/iam/v1/projects/gcp-local/roles", view=view)


class TestAMethod:
    """Every method of the documents is served or refused by its name."""

    @pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
    def test_a_method_without_handler_is_answered_with_501_and_its_name(self, api: Api, service: Service) -> None:
        absent = [method for method in service.methods if not method.handler]
        assert absent or service.name in SERVED_WHOLE
        for method in absent:
            error = api.refused(501, method.operation.verb, f"/{service.name}{sample(method)}")
            assert error["message"].startswith(f"{method.id} is not emulated by the local cloud.")

    def test_a_method_that_loses_its_handler_is_answered_with_501_and_its_name(self, cloud: Cloud, api: Api) -> None:
        handlers = {key: one for key, one in storage.SERVICE.handlers.items() if key[1] != "buckets.list"}
        with served(cloud, replace(storage.SERVICE, handlers=handlers)) as client:
            error = client.get("/storage/v1/b", params={"project": "gcp-local"})
        assert error.status_code == 501
        assert "storage.buckets.list is not emulated" in error.json()["error"]["message"]

    def test_a_handler_for_a_method_that_the_document_loses_is_an_error(self, altered: Callable[..., Service]) -> None:
        lame = altered(transfer.SERVICE, lambda document: document["methods"].pop("projects.transferConfigs.get"))
        with pytest.raises(LookupError, match=r"projects\.transferConfigs\.get"):
            _ = lame.methods

    def test_a_second_handler_for_a_method_is_an_error(self) -> None:
        service = Service("toys", ("v1",))
        service.handles("toys.get", version="v1")(lambda call: {})
        service.handles("toys.get", version="v2")(lambda call: {})
        with pytest.raises(LookupError, match=r"two handlers of toys for .*toys\.get"):
            service.handles("toys.list", "toys.get", version="v1")(lambda call: {})

    def test_a_path_leads_to_its_method(self) -> None:
        for service, method in METHODS:
            found = service.find(method.operation.verb, sample(method))
            assert found, method.id
            assert (found[0].id, found[0].operation.version) == (method.id, method.operation.version)

    def test_a_name_with_slashes_is_taken_where_the_document_lets_it_end_a_path(self, api: Api) -> None:
        path = "/monitoring/v3/projects/gcp-local/metricDescriptors/custom.googleapis.com/acme/rows"
        assert "monitoring.projects.metricDescriptors.get" in api.refused(501, "GET", path)["message"]


class TestOverlay:
    """It adds to the documents and names nothing that they do not have."""

    @pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
    def test_every_field_that_it_names_is_in_a_document(self, service: Service) -> None:
        overlay, known = service.overlay, set()
        for schemas in service.schemas.values():
            for operation in schemas.document.operations:
                known |= {f"?{name}" for name in operation.parameters}
            for name, schema in schemas.document.schemas.items():
                known |= {name, *(f"{name}.{field}" for field in schema.get("properties", {}))}
        groups = {
            f"{schema}.{field}" for schema, group in overlay.oneofs.items() for one in group.values() for field in one
        }
        named = overlay.output_only | overlay.presence | overlay.merged | groups | {*overlay.enums, *overlay.immutable}
        assert {name for name in named if name.count(".") < 2} - known == set()
        methods = {one.operation.name for one in service.methods}
        assert set(overlay.body_names) - methods == set()

    def test_every_enum_that_a_request_may_hold_has_its_numbers(self) -> None:
        """Words of Cloud Storage have no numbers: it is no protocol buffer. Those of Sheets are published nowhere."""
        missing = {
            f"{method.id}: {enum.names}"
            for service, method in METHODS
            if method.handler and service.name not in ("storage", "sheets")
            for kind in (*method.parameters.values(), *([method.body] if method.body else []))
            for enum in enums(kind)
            if len(enum.numbers) != len(enum.names) or not enum.type_name
        }
        assert missing == set()

    @pytest.mark.parametrize(
        ("operation", "parameter", "words"),
        [
            ("runs.list", "states", TransferState),
            ("runs.list", "runAttempt", ListTransferRunsRequest.RunAttempt),
            ("runs.transferLogs.list", "messageTypes", TransferMessage.MessageSeverity),
        ],
    )
    def test_the_numbers_are_those_of_googles_client(
        self, operation: str, parameter: str, words: type[IntEnum]
    ) -> None:
        name = f"bigquerydatatransfer.projects.locations.transferConfigs.{operation}"
        method = next(method for _, method in METHODS if method.id == name)
        (enum,) = enums(method.parameters[parameter])
        assert dict(zip(enum.names, enum.numbers, strict=True)) == {word.name: word.value for word in words}


def enums(kind: FieldType) -> Iterator[Enum]:
    if isinstance(kind, Enum):
        yield kind
    elif isinstance(kind, Repeated | MapOf | Wrapped):
        yield from enums(kind.item)
    elif isinstance(kind, Message):
        for inner in kind.fields.values():
            yield from enums(inner)


def test_an_answer_that_the_document_does_not_have_is_found() -> None:
    assert problems_of("GET", CONFIGS, {"transferConfigs": [{"name": "x", "colour": "red"}]}) == [
        "Invalid JSON payload received. Unknown name \"colour\" at 'transfer_configs[0]': Cannot find field."
    ]
