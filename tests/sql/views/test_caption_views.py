"""caption_bank_enriched, canonical_captions, available_captions: what a caption is and which may be selected."""

from __future__ import annotations

import hashlib

import pytest

from tests.sql.analyses import DATASET, Analyses, by
from tests.sql.messages import Row, caption
from tests.sql.warehouse import Warehouse

# (text, has_urgency): trigger
TRIGGERS = {
    ("Only NOW", True): "Urgency",
    ("limited time", True): "Urgency",
    ("expires soon", True): "Urgency",
    ("EXPIRED!", True): "Urgency",
    ("today, VIP only", True): "Urgency",
    ("today, VIP only", False): "Exclusivity",
    ("today?", False): "Curiosity",
    ("today", None): "General",
    ("snow and known nowhere", True): "General",
    ("unlimited", True): "General",
    ("Members Only", False): "Exclusivity",
    ("especially", False): "General",
    ("exclusive - only 3 left", False): "Exclusivity",
    ("ONLY 12 left", False): "Scarcity",
    ("only three left", False): "General",
    ("Last chance, everyone!", False): "Scarcity",
    ("everyone, right?", False): "Social Proof",
    ("fans love this", False): "Social Proof",
    ("unpopular", False): "General",
    ("guess what?", False): "Curiosity",
    ("", False): "General",
}


def test_the_first_matching_rule_names_the_trigger_and_words_are_whole(analyses: Analyses) -> None:
    bank = [caption(line, has_urgency=urgent) for line, urgent in TRIGGERS]
    analyses.add("caption_bank", bank)

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.caption_bank_enriched`"), "caption_id")

    assert {
        (row["caption_text"], row["has_urgency"]): found[row["caption_id"]]["psychological_trigger"] for row in bank
    } == TRIGGERS


def test_the_enriched_bank_adds_one_column_and_no_row(warehouse: Warehouse, analyses: Analyses) -> None:
    """Repeated texts and ids that JSON cannot hold exactly stay as they are."""  # defect: L21
    bank = [caption("same"), caption("SAME!"), caption("other", caption_id=-(2**63) + 5)]
    analyses.add("caption_bank", bank)

    rows = analyses.rows(f"SELECT * FROM `{DATASET}.caption_bank_enriched`")

    columns = [column.name for column in warehouse.catalog.tables["caption_bank"].columns]
    assert list(rows[0]) == [*columns, "psychological_trigger"]
    assert {row["caption_id"] for row in rows} == {row["caption_id"] for row in bank}


def test_one_caption_stands_for_all_with_the_same_text(warehouse: Warehouse, analyses: Analyses) -> None:
    # defect: L21
    # defect: C15
    """The key is computed from the text; what the bank stores as caption_key is of an older rule."""
    old_key = hashlib.md5(b"Hey babe").hexdigest()
    bank = [
        caption("Hey babe", caption_id=30, caption_key=old_key),
        caption("hey   BABE!! 🔥", caption_id=-(2**60), caption_key="stale"),
        caption("hey babe.", caption_id=20, caption_key=old_key),
        caption("another", caption_id=40, caption_key=old_key),
        caption("  ", caption_id=50),
        caption("", caption_id=51),
    ]
    analyses.add("caption_bank", bank)

    found = by(analyses.rows(f"SELECT * FROM `{DATASET}.canonical_captions`"), "caption_id")

    assert set(found) == {-(2**60), 40, 50, 51}
    assert found[-(2**60)]["caption_key_norm"] == hashlib.sha256(b"hey babe").hexdigest()
    assert found[50]["caption_key_norm"] is None
    columns = [column.name for column in warehouse.catalog.tables["caption_bank"].columns]
    assert list(found[40]) == [*columns, "caption_key_norm"]


NEVER = {"overall_performance_score": None, "total_sends": None}
AVAILABLE: dict[str, tuple[Row, bool]] = {
    "proven": ({}, True),
    "written otherwise": ({"usage_status": "AVAILABLE"}, True),
    "moderate": ({"usage_status": "Moderate_Recency"}, True),
    "recent": ({"usage_status": "recent"}, False),
    "no status": ({"usage_status": None}, False),
    "no score": ({"overall_performance_score": 0}, False),
    "null score": ({"overall_performance_score": None}, False),
    "bump": ({"overall_performance_score": 0, "price_tier": "bump"}, True),
    "free": ({"overall_performance_score": None, "price_tier": " Free "}, True),
    "never sent": ({"overall_performance_score": 0, "total_sends": 0}, True),
    "never known": (NEVER, True),
    "never sent but blocked": (NEVER | {"usage_status": "retired"}, False),
    "low tier": ({"price_tier": "low"}, True),
    "luxury tier": ({"price_tier": "luxury"}, True),
}


def test_bumps_and_captions_never_sent_may_be_selected_too(analyses: Analyses) -> None:
    # defect: L8
    # defect: L9
    analyses.add("caption_bank", [caption(name, **values) for name, (values, _) in AVAILABLE.items()])

    found = analyses.rows(f"SELECT caption_text, caption_key_norm FROM `{DATASET}.available_captions`")

    assert {row["caption_text"] for row in found} == {name for name, (_, yes) in AVAILABLE.items() if yes}
    assert all(len(row["caption_key_norm"]) == 64 for row in found)


def test_a_copy_does_not_stand_in_for_a_canonical_caption_that_is_not_available(analyses: Analyses) -> None:
    analyses.add("caption_bank", [caption("twin", caption_id=1, usage_status="retired"), caption("Twin", caption_id=2)])

    assert analyses.rows(f"SELECT caption_id FROM `{DATASET}.available_captions`") == []


@pytest.mark.parametrize("view", ["caption_bank_enriched", "canonical_captions", "available_captions"])
def test_a_caption_of_a_hundred_thousand_characters_passes_whole(analyses: Analyses, view: str) -> None:
    long = "want it? " * 11_112
    analyses.add("caption_bank", [caption(long)])

    [found] = analyses.rows(f"SELECT LENGTH(v.caption_text) AS n FROM `{DATASET}.{view}` AS v")

    assert found["n"] == len(long)
