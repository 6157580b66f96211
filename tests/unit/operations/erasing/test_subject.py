"""What is typed becomes a page or a caption that is found in words and never in parts of other words."""

from __future__ import annotations

import re

import pytest

from operations.erasing.subject import ErasureSubject, hashed
from settings.errors import ErosError

LONG = "-9007199254740995"


@pytest.mark.parametrize(
    ("page", "caption", "said"),
    [
        ("", "", "say what to erase"),
        ("alice", "5", "say what to erase"),
        ("al ice", "", "is no page"),
        ("alice'; DROP TABLE x", "", "is no page"),
        ("é", "", "is no page"),
        ("x" * 101, "", "is no page"),
        ("", "12a", "is no caption"),
        ("", "9223372036854775808", "is no caption"),
        ("", "--5", "is no caption"),
    ],
)
def test_what_is_no_page_or_caption_is_refused_with_the_form(page: str, caption: str, said: str) -> None:
    with pytest.raises(ErosError, match=said) as refused:
        ErasureSubject.of(page, caption)
    assert "--" in refused.value.fix


def test_a_page_is_typed_in_any_case_and_a_caption_may_be_negative_and_large() -> None:
    assert str(ErasureSubject.of(" Alice_FREE ", "")) == "page alice_free"
    assert str(ErasureSubject.of("", "-9223372036854775808")) == "caption -9223372036854775808"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("page=alice|x", "page=E|x"),
        ("Alice", "E"),
        ("alice,alice alice", "E,E E"),
        ("sched_20251104_200000_alice", "sched_20251104_200000_E"),
        ("pool_low:alice", "pool_low:E"),
        ("alice_free alice-2 palice alicia my_alice", "alice_free alice-2 palice alicia my_alice"),
        ("", ""),
    ],
)
def test_a_page_is_found_as_a_word_and_in_ids_of_schedules(text: str, left: str) -> None:
    assert replaced(ErasureSubject.of("alice", ""), text) == left


@pytest.mark.parametrize(
    ("caption", "text", "left"),
    [
        (LONG, f"caption {LONG}, {LONG}1 and 1{LONG}", f"caption E, {LONG}1 and 1{LONG}"),
        (LONG[1:], f"{LONG[1:]} not {LONG}", f"E not {LONG}"),
        ("101", "101 rows, caption_id=101, captions: 101", "101 rows, caption_id=E, captions: E"),
        ("101", '{"caption_id": 101} caption_id=1010', '{"caption_id": E} caption_id=1010'),
    ],
)
def test_a_caption_is_found_by_its_number_and_a_short_one_behind_its_name(caption: str, text: str, left: str) -> None:
    assert replaced(ErasureSubject.of("", caption), text) == left


def test_the_hash_is_of_kind_and_value_and_the_pseudonym_of_neither() -> None:
    one, other = ErasureSubject.of("alice", ""), ErasureSubject.of("alice", "")
    assert one.hash == other.hash == hashed("page", "alice") != hashed("caption", "alice")
    assert one.pseudonym != other.pseudonym
    assert re.fullmatch(r"erased_[0-9a-f]{10}", one.pseudonym)


def replaced(subject: ErasureSubject, text: str) -> str:
    """As the statements do it: twice."""
    to = subject.values()["to"].replace(subject.pseudonym, "E")
    return re.sub(subject.pattern, to, re.sub(subject.pattern, to, text))
