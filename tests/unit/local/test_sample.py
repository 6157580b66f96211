from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from local.sample import captions, messages, others
from local.sample.shape import Sample

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


Full: TypeAlias = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def full() -> Full:
    sample = Sample(NOW)
    bank = list(captions.rows(sample))
    return bank, list(messages.rows(sample, bank))


def test_the_bank_has_the_audited_shape(full: Full) -> None:
    bank, _ = full
    texts = [row["caption_text"] for row in bank]
    assert len(bank) == 44_651
    assert len(bank) - len(set(texts)) == 7_380
    assert sum(row["conversion_score"] is None for row in bank) == 28_090
    assert sum((row["conversion_score"] or 0) > 1 for row in bank) == 734
    assert len({row["price_tier"] for row in bank}) == 7
    assert len({row["content_category"] for row in bank}) == 15
    assert any("é" in text or "ö" in text for text in texts)
    assert any(not any(letter.isalnum() for letter in text) for text in texts), "emoji-only"
    assert any(row["caption_text"] == "🔥" for row in bank)


def test_caption_ids_are_distinct_64_bit_text_often_negative_and_beyond_what_a_double_holds(full: Full) -> None:
    bank, _ = full
    ids = [row["caption_id"] for row in bank]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(value, str) and -(2**63) <= int(value) < 2**63 for value in ids)
    assert 0.4 < sum(int(value) < 0 for value in ids) / len(ids) < 0.6
    assert sum(abs(int(value)) > 2**53 for value in ids) / len(ids) > 0.99


def test_messages_have_the_audited_shape(full: Full) -> None:
    _, sent = full
    assert len(sent) == 63_411
    assert len({row["page_name"] for row in sent}) == 38
    assert sent[0]["sending_time"] >= "2024-04-01"
    assert sent[-1]["sending_time"] <= NOW.isoformat()
    assert 0.64 < sum(row["caption_id"] is None for row in sent) / len(sent) < 0.69
    types = {row["message_type"] for row in sent}
    assert {"PPV", "ppv", "Bump", "bump", "Unlock"} <= types
    assert all(row["purchased_count"] is None for row in sent if row["price"] is None)
    assert all(row["viewed_count"] <= row["sent_count"] for row in sent)


def test_the_same_seed_and_day_give_the_same_rows() -> None:
    def everything() -> str:
        sample = Sample(NOW, messages=500)
        bank = list(captions.rows(sample))
        small = {name: list(rows) for name, rows in others.tables(sample, bank).items()}
        return json.dumps([bank, list(messages.rows(sample, bank)), small])

    assert everything() == everything()


@pytest.mark.parametrize("count", [1, 10, 2_000])
def test_any_size_can_be_made(count: int) -> None:
    sample = Sample(NOW, messages=count)
    bank = list(captions.rows(sample))
    assert len(bank) == sample.captions
    assert len(list(messages.rows(sample, bank))) == count
    assert list(others.assignments(sample, bank))


def test_more_messages_than_audited_keep_the_bank() -> None:
    assert Sample(NOW, messages=1_000_000).captions == 44_651


def test_assignments_lie_around_today_so_that_a_sweep_has_work() -> None:
    sample = Sample(NOW)
    days = [row["scheduled_send_date"] for row in others.assignments(sample, list(captions.rows(sample)))]
    assert min(days) < "2026-11-23" < max(days)
    assert len(days) == 153
