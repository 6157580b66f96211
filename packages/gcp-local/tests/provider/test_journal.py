"""The journal of creates that may not have been recorded."""

from __future__ import annotations

from pathlib import Path

from gcp_local.provider.journal import COMPACT_AFTER, Journal

URN = "urn:pulumi:local::p::gcp:storage/bucket:Bucket::b"


def test_an_entry_outlives_the_process(tmp_path: Path) -> None:
    Journal(tmp_path).record(URN, "bucket-1")
    assert Journal(tmp_path).made(URN) == "bucket-1"


def test_a_forgotten_entry_stays_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record(URN, "bucket-1")
    journal.forget(URN, "bucket-1")
    assert journal.made(URN) is None
    assert Journal(tmp_path).made(URN) is None


def test_a_request_for_another_object_does_not_drop_the_entry(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record(URN, "bucket-1")
    journal.forget(URN, "the-one-that-is-replaced")
    assert journal.made(URN) == "bucket-1"


def test_a_line_cut_short_by_a_crash_is_not_an_entry_and_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record(URN, "bucket-1")
    path = tmp_path / "provider" / "journal.jsonl"
    with path.open("a") as file:
        file.write('{"urn": "urn:pulumi:local::p::t::other", "i')
    after = Journal(tmp_path)
    assert after.made("urn:pulumi:local::p::t::other") is None
    after.record("urn:pulumi:local::p::t::third", "x")
    again = Journal(tmp_path)
    assert (again.made(URN), again.made("urn:pulumi:local::p::t::third")) == ("bucket-1", "x")


def test_the_file_does_not_grow_with_what_is_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record("kept", "k")
    for number in range(2 * COMPACT_AFTER):
        journal.forget(URN)
        journal.record(URN, str(number))
    lines = (tmp_path / "provider" / "journal.jsonl").read_text().splitlines()
    assert len(lines) < COMPACT_AFTER + 10
    assert (Journal(tmp_path).made("kept"), Journal(tmp_path).made(URN)) == ("k", str(2 * COMPACT_AFTER - 1))
