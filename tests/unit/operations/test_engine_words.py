"""What goes wrong outside the program is told with what to do: backend, passphrase, lock, quota."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.api_core.exceptions import Forbidden, GoogleAPICallError, TooManyRequests

from operations import engine_words
from operations.clients import answering
from operations.engines import Engine
from operations.errors import CloudError, EngineFailed, EngineMissing, StackBusy
from operations.stack import Stack
from settings.errors import ErosError
from tests.unit.operations.recorder import calls, recording_stack

EMBEDDED = Engine(("e",), "1", "test", embedded=True)
CLI = Engine(("pulumi",), "3.260.0", "test")
# As pulumi 3.260 and the embedded engine have said it.
SAID = {
    "a wrong passphrase": ("error: incorrect passphrase", "export PULUMI_CONFIG_PASSPHRASE"),
    "no passphrase": (
        "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment "
        "variables",
        "export PULUMI_CONFIG_PASSPHRASE",
    ),
    "a service that is down": (
        'error: performing HTTP request: Get "https://127.0.0.1:1/api/user": dial tcp 127.0.0.1:1: connect: '
        "connection refused",
        "is the state's backend there",
    ),
    "a folder that is gone": (
        'error: unable to open state directory "file:///nowhere/x": stat /nowhere/x: no such file or directory',
        "is the state's backend there",
    ),
    "a bucket without credentials": (
        "error: missing google credentials: unable to find gcp credentials: google: could not find default ones.",
        "is the state's backend there",
    ),
    "a bucket that refuses": (
        'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): operation error',
        "is the state's backend there",
    ),
    "a quota that is used up": (
        "error: creating routine x: googleapi: Error 403: Quota exceeded: Your project exceeded quota, quotaExceeded",
        "a limit of Google's",
    ),
    "somebody else": (
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or ..."
        "\n  /x/y.json: created by ada@host (pid 7) at 2025-11-04T20:00:00Z",
        "eros cancel -s dev",
    ),
}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return recording_stack(tmp_path)


@pytest.mark.parametrize(("said", "way"), SAID.values(), ids=SAID)
@pytest.mark.parametrize("verb", ["preview", "up", "refresh"])
def test_a_verb_that_fails_for_it_says_so_ends_as_the_engine_did_and_names_the_way_out(
    stack: Stack, verb: str, said: str, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (stack.root / "fails").write_text(verb)
    (stack.root / "errors").write_text(said)
    with pytest.raises(EngineFailed) as caught:
        stack.run(verb)
    assert (caught.value.exit_code, way in caught.value.fix) == (3, True)
    assert said in capfd.readouterr().err, "what the engine says is shown"


@pytest.mark.parametrize(("said", "way"), SAID.values(), ids=SAID)
def test_so_does_a_question(stack: Stack, said: str, way: str) -> None:
    (stack.root / "fails").write_text("stack preview")
    (stack.root / "errors").write_text(said)
    for ask in (lambda: stack.ask("stack", "history", "--json"), stack.previewed, stack.resources):
        with pytest.raises(EngineFailed) as caught:
            ask()
        assert way in caught.value.fix
        assert said.removeprefix("error: ") in caught.value.message


def test_a_program_that_fails_by_itself_has_said_enough(stack: Stack) -> None:
    (stack.root / "fails").write_text("up")
    (stack.root / "errors").write_text("error: no such key")
    assert stack.run("up") == 3


def test_an_update_that_must_have_the_stack_says_who_has_it_and_since_when(stack: Stack) -> None:
    (stack.root / "fails").write_text("up")
    (stack.root / "errors").write_text(SAID["somebody else"][0])
    with pytest.raises(StackBusy, match=r"ada@host \(pid 7\) at 2025-11-04T20:00:00Z") as caught:
        stack.deploys(("--yes",), 3)
    assert "eros cancel -s dev" in caught.value.fix
    assert len(calls(stack)) == 1


@pytest.mark.parametrize("engine", [EMBEDDED, CLI])
def test_a_folder_of_states_that_is_not_there_is_no_stack_that_was_never_deployed(
    engine: Engine, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(ErosError, match=f"{gone} is no folder") as caught:
        engine_words.check_backend(engine, {"PULUMI_BACKEND_URL": f"file://{gone}?no_tmp_dir=true"})
    assert "PULUMI_BACKEND_URL" in caught.value.fix
    gone.mkdir()
    engine_words.check_backend(engine, {"PULUMI_BACKEND_URL": f"file://{gone}?no_tmp_dir=true"})


def test_states_elsewhere_need_the_cli() -> None:
    elsewhere = {"PULUMI_BACKEND_URL": "gs://acme-state"}
    with pytest.raises(EngineMissing, match=r"gs://(?s:.*)fix: install Pulumi"):
        engine_words.check_backend(EMBEDDED, elsewhere)
    engine_words.check_backend(CLI, elsewhere)
    engine_words.check_backend(EMBEDDED, {})


@pytest.mark.parametrize(
    ("error", "is_limit"),
    [
        (
            Forbidden(
                "Quota exceeded: Your project exceeded quota for concurrent queries", [{"reason": "quotaExceeded"}]
            ),
            1,
        ),
        (Forbidden("Exceeded rate limits: too many table update operations", [{"reason": "rateLimitExceeded"}]), 1),
        (TooManyRequests("slow down"), 1),
        (Forbidden("Access Denied: Table x"), 0),
    ],
)
def test_a_limit_of_google_is_no_missing_permission(error: GoogleAPICallError, is_limit: bool) -> None:
    with pytest.raises(CloudError) as caught, answering("backing up t"):
        raise error
    assert caught.value.fix == (
        engine_words.QUOTA if is_limit else "may this account do that, and is the stack deployed?"
    )
