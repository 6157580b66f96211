"""The caption key against recorded hashes and against Python's own Unicode tables."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.sql.warehouse import Warehouse

KEYS = (
    "SELECT eros_scheduling_brain.caption_key_v2(text) AS key FROM UNNEST(@texts) AS text WITH OFFSET AS o ORDER BY o"
)

RECORDED = {
    "test MESSAGE 123!": "14277a56629a382a",
    "🔥 Hot content here 🔥": "b238bd72466413b3",
    "Café time": "5ca1d463a2a0e315",
    "hey\u00a0babe": "b2ab8c6cbf8a3d05",
    "𝐅𝐑𝐄𝐄 tape": "86ffa8e59718e711",
    "日本語": "77710aedc74ecfa3",
    "🔥": "48751a7efe3422ba",
    "💦": "92aeb421f0761870",
    "don't": "f9e0a37fc2800a62",
    "don\u2019t": "f9e0a37fc2800a62",
    "Straße": "16d96952087774fe",
    "x²": "844ecc08164e2eab",
    "a\u200bb": "fb8e20fc2e4c3f24",
    "ab": "fb8e20fc2e4c3f24",
    "½ off": "071ba1c198426e1b",
    "12 off": "071ba1c198426e1b",
}
BLANK = r"[\t-\r\x85 \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


def key(text: str) -> str | None:
    """The key by its definition, with Python's Unicode data instead of the engine's."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    spaced = re.sub(BLANK, " ", folded)
    if not spaced.strip(" "):
        return None
    kept = "".join(character for character in spaced if _stays(character))
    words = re.sub(" +", " ", kept).strip(" ")
    hashed = words or "raw:" + re.sub(f"^{BLANK}+|{BLANK}+$", "", folded)
    return hashlib.sha256(hashed.encode()).hexdigest()


def _stays(character: str) -> bool:
    if 0xFE00 <= ord(character) <= 0xFE0F:
        return False
    return (
        character == " "
        or unicodedata.category(character)[0] in "LN"
        or unicodedata.category(character) in ("Mn", "Mc")
    )


def keys(warehouse: Warehouse, texts: list[str]) -> list[str | None]:
    return [row["key"] for row in warehouse.rows(KEYS, texts=texts)]


def test_recorded_texts_have_their_recorded_keys(warehouse: Warehouse) -> None:
    found = keys(warehouse, list(RECORDED))
    assert [value[:16] for value in found if value] == list(RECORDED.values())


def test_the_oracle_agrees_with_the_recorded_keys() -> None:
    assert {text: (key(text) or "")[:16] for text in RECORDED} == RECORDED


def test_blank_texts_and_null_have_no_key(warehouse: Warehouse) -> None:
    assert keys(warehouse, ["", " ", "\u00a0", "\n\t\r", "\u3000\u2003"]) == [None] * 5
    assert warehouse.value("SELECT eros_scheduling_brain.caption_key_v2(NULL)") is None


@pytest.mark.parametrize(
    "same",
    [
        ("Hey   babe", "hey babe", " HEY\nBABE! ", "hey\u3000babe 🔥", "h\u200bey, babe"),
        ("don't", "dont", "DON’T", "do_nt"),
        ("STRASSE", "Straße"),
        ("🔥", " 🔥 ", "🔥\n", "\u00a0🔥"),
    ],
)
def test_texts_that_read_the_same_share_a_key(warehouse: Warehouse, same: tuple[str, ...]) -> None:
    assert len(set(keys(warehouse, list(same)))) == 1


def test_texts_without_a_letter_keep_apart(warehouse: Warehouse) -> None:
    found = keys(warehouse, ["🔥", "💦", "🔥💦", "!!!", "???"])
    assert len(set(found)) == 5


def test_caption_key_is_caption_key_v2(warehouse: Warehouse) -> None:
    query = (
        "SELECT eros_scheduling_brain.caption_key(text) AS key FROM UNNEST(@texts) AS text WITH OFFSET AS o ORDER BY o"
    )
    texts = [*RECORDED, "", "🔥🔥"]
    assert [row["key"] for row in warehouse.rows(query, texts=texts)] == keys(warehouse, texts)


def test_a_caption_of_100_000_characters_has_a_key(warehouse: Warehouse) -> None:
    text = "Ünlimited 🔥 " * 8000
    assert keys(warehouse, [text]) == [key(text)]


# Letters that exist in every Unicode version of the last ten years; the engine's tables may be older than Python's.
TEXTS = st.lists(
    st.text(
        st.one_of(
            st.characters(min_codepoint=1, max_codepoint=0x2FF),
            st.sampled_from(
                "ßẞſİıΣςΐﬁǅ½²Ⅷ①ａＡ℃Å🔥💦👩‍🚀️\u200b\u200d\u00ad\u0301\u0345\u3000\u2028\u1680日本語한글กำनमस्ते_-'’\t\n"
            ),
        ),
        max_size=12,
    ),
    min_size=300,
    max_size=300,
)


@settings(
    max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True
)
@given(texts=TEXTS)
def test_any_text_has_the_key_that_its_definition_gives(deployed_warehouse: Warehouse, texts: list[str]) -> None:
    expected = [key(text) for text in texts]
    wrong = [
        (text, want, got)
        for text, want, got in zip(texts, expected, keys(deployed_warehouse, texts), strict=True)
        if want != got
    ]
    assert not wrong
