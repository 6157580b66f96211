"""What people and programs get to see."""

from __future__ import annotations

import io
import json

import pytest
from toy_stack import ToyStack, hidden, item

from embedded_engine.config import Value
from embedded_engine.digest import Digest
from embedded_engine.display import Redactor, TextDisplay, short_type, show
from embedded_engine.provider import Diff
from embedded_engine.run import Step
from embedded_engine.state import State
from embedded_engine.values import UNKNOWN, secret

OLD = State("urn:pulumi:s::p::gcp:x/y:T::name", "gcp:x/y:T", id="1", inputs={"a": 1, "t": secret("s3cr3t-1")})
NEW = OLD.copy(inputs={"a": 2, "t": secret("s3cr3t-2"), "b": UNKNOWN})
DIFF = Diff(True, [], ["a", "b", "t"], {"a": ("update", True), "b": ("add", True), "t": ("update", True)})


def shown(step: Step, preview: bool = False, details: bool = False) -> str:
    out = io.StringIO()
    TextDisplay(out, Redactor([]), preview, details).step(step)
    return out.getvalue()


@pytest.mark.parametrize(
    ("op", "preview", "line"),
    [
        ("create", True, " +  gcp:x:T name create\n"),
        ("create", False, " +  gcp:x:T name created (1.5s)\n"),
        ("update", True, " ~  gcp:x:T name update [diff: ~a,+b,~t]\n"),
        ("replace", True, " +- gcp:x:T name replace [diff: ~a,+b,~t]\n"),
        ("delete", False, " -  gcp:x:T name deleted (1.5s)\n"),
        ("delete-replaced", False, " -- gcp:x:T name deleted original (1.5s)\n"),
        ("delete-replaced", True, ""),
        ("same", False, ""),
    ],
)
def test_a_step_is_one_line_in_the_cli_s_terms(op: str, preview: bool, line: str) -> None:
    assert shown(Step(op, NEW, OLD, DIFF, 1.5), preview) == line


def test_details_show_values_but_no_secret() -> None:
    text = shown(Step("update", NEW, OLD, DIFF), details=True)
    assert "~ a: 1 => 2" in text
    assert "+ b: [unknown]" in text
    assert "~ t: [secret] => [secret]" in text
    assert "s3cr3t" not in text


def test_secrets_are_taken_out_of_messages_of_others() -> None:
    out = io.StringIO()
    TextDisplay(out, Redactor(["hunter2", "x"]), False).log("error", NEW.urn, "bad token hunter2 for x")
    assert out.getvalue() == "error: gcp:x:T (name): bad token [secret] for x\n"


def test_values_are_shown_without_secrets_and_unknowns() -> None:
    assert show(secret(1)) == "[secret]"
    assert show(UNKNOWN) == "[unknown]"
    assert show({"a": [secret("x"), UNKNOWN]}) == '{"a": ["[secret]", "[unknown]"]}'


def test_types_are_shortened_as_the_cli_does() -> None:
    assert short_type("gcp:bigquery/table:Table") == "gcp:bigquery:Table"
    assert short_type("pulumi:providers:gcp") == "pulumi:providers:gcp"


def test_the_digest_has_the_shape_of_the_cli_s_and_no_secret(stack: ToyStack) -> None:
    stack.up(item("a", value="1", token=hidden("s3cr3t"), name="a"), item("gone", name="gone"))
    result = stack.preview(item("a", value="2", token=hidden("s3cr3t"), name="a"), item("new", place="x"))
    digest = Digest(Redactor(["s3cr3t"]), {"p:k": Value({"secure": "v1"}, "s3cr3t", True, "[secret]")})
    for step in result.shown.steps:
        digest.step(step)
    digest.log("warning", "", "about s3cr3t")
    document = digest.document(result.outcome.counts, 1.5)
    content = json.loads(document)

    assert "s3cr3t" not in document
    assert content["changeSummary"] == {"create": 1, "delete": 1, "same": 1, "update": 1}
    assert content["duration"] == 1_500_000_000
    assert content["config"] == {"p:k": "[secret]"}
    assert content["diagnostics"] == [{"message": "about [secret]", "severity": "warning"}]
    steps = {step["op"]: step for step in content["steps"]}
    assert set(steps) == {"same", "update", "create", "delete"}
    assert steps["same"]["newState"]["type"] == "pulumi:pulumi:Stack"
    assert steps["update"]["diffReasons"] == ["value"]
    assert steps["update"]["detailedDiff"] == {"value": {"kind": "update", "inputDiff": True}}
    assert steps["update"]["oldState"]["inputs"]["value"] == "1"
    assert steps["update"]["newState"]["inputs"]["token"] == "[secret]"
    assert "newState" not in steps["delete"]
    assert "oldState" not in steps["create"]
