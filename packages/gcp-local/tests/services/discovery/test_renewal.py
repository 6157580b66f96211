"""Documents as Google publishes them, pruned and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gcp_local.services.discovery.__main__ import main
from gcp_local.services.discovery.document import FOLDER, load

DOCUMENT = {
    "name": "toys",
    "version": "v1",
    "revision": "20260101",
    "rootUrl": "https://toys.googleapis.com/",
    "servicePath": "",
    "description": "Prose.",
    "parameters": {"alt": {"type": "string", "location": "query"}},
    "resources": {
        "projects": {
            "resources": {
                "toys": {
                    "methods": {
                        "create": {
                            "id": "toys.projects.toys.create",
                            "httpMethod": "POST",
                            "path": "v1/{+parent}/toys",
                            "flatPath": "v1/projects/{projectsId}/toys",
                            "description": "Prose.",
                            "parameters": {
                                "parent": {"type": "string", "location": "path", "pattern": "^projects/[^/]+$"},
                                "size": {"type": "integer", "format": "int32", "location": "query", "description": "x"},
                            },
                            "request": {"$ref": "Toy"},
                            "response": {"$ref": "Toy"},
                        },
                        "undo": {
                            "id": "toys.projects.toys.undo",
                            "httpMethod": "POST",
                            "path": "v1/{+name}:undo",
                            "flatPath": "v1/operations/{operationsId}:undo",
                            "parameters": {
                                "name": {"type": "string", "location": "path", "pattern": "^operations/.*$"}
                            },
                        },
                    }
                }
            }
        }
    },
    "schemas": {
        "Toy": {
            "id": "Toy",
            "type": "object",
            "description": "Prose.",
            "properties": {
                "kind": {"type": "string", "enum": ["A", "B"], "enumDescriptions": ["Prose.", "Prose."]},
                "parts": {"type": "array", "items": {"$ref": "Part"}},
            },
        },
        "Part": {"id": "Part", "type": "object", "properties": {"id": {"type": "string", "readOnly": True}}},
        "Unused": {"id": "Unused", "type": "object"},
    },
}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    (tmp_path / "toys.v1.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return tmp_path


def test_of_a_document_methods_and_the_schemas_that_they_reach_are_kept(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr("gcp_local.services.discovery.__main__.FOLDER", kept)
    assert main([str(published), "toys.v1"]) == 0
    assert capsys.readouterr().out == "toys.v1: revision 20260101, 2 methods\n"
    document = load("toys.v1", kept)
    create, undo = document.operations
    assert (create.name, create.verb, create.path) == ("projects.toys.create", "POST", "/v1/projects/{projectsId}/toys")
    assert create.parameters == {"size": {"type": "integer", "format": "int32"}}
    assert undo.path == "/v1/operations/{operationsId=**}:undo"
    assert document.schemas == {
        "Part": {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}}},
        "Toy": {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": ["A", "B"]},
                "parts": {"type": "array", "items": {"$ref": "Part"}},
            },
        },
    }


def test_a_document_that_is_not_there_is_named_with_the_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert "bigquerydatatransfer.v1.json: there is no such document" in message
    assert "fix: name the folder" in message


def test_every_document_that_is_kept_says_its_revision() -> None:
    for path in FOLDER.glob("*.json"):
        assert load(path.stem).revision.isdigit()
