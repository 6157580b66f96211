"""The caption bank: texts that repeat, emoji-only and accented ones, scores that are null or out of range."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import numpy as np

from local.sample.shape import (
    CATEGORIES,
    REPEATED_CAPTIONS,
    SCORE_NULL,
    SCORE_OUT_OF_RANGE,
    TIERS,
    USAGE_STATUSES,
    VALIDATION_LEVELS,
    Sample,
)

Row = dict[str, Any]

OPENERS = (
    "hey babe", "good morning", "good night", "missing you", "just woke up", "guess what", "surprise", "psst",
    "your favourite girl is back", "just for you", "quick question", "be honest", "new week", "weekend mood",
    "hola guapo", "coucou chéri", "schönen Abend", "after my café run", "straight from the gym", "late night thoughts",
)  # fmt: skip
MIDDLES = (
    "I filmed something", "there is a new set", "I have a tape", "I made a voice note", "this one is exclusive",
    "only 3 left", "everyone loves this one", "it is limited", "fans love it", "I saved the best", "last chance",
    "I was thinking of you", "you have to see this", "this never goes on my page", "it is today only",
    "I need your opinion", "your wish came true", "I finally did it", "special price", "now or never",
)  # fmt: skip
ENDINGS = (
    "want to see?", "open it", "tell me what you think", "don't miss it", "it expires tonight", "you decide",
    "are you ready?", "unlock it now", "be quick", "I dare you", "reply with a heart", "for members only",
    "𝐅𝐑𝐄𝐄 for VIPs", "no spoilers", "promise not to tell?",
)  # fmt: skip
TAILS = ("", " 🔥", " 💦", " 😘", " ❤️", "!!", " xx", " 🙈🙈", "...", " 😈 ", " 💋", "~", " ✨", " ;)")
EMOJI = ("🔥", "💦", "😘", "❤️", "😈", "🙈", "💋", "✨", "🍑", "👀", "🥵", "💌")


def distinct_texts(count: int, random: np.random.Generator) -> list[str]:
    """`count` different texts, about one in forty of emoji alone."""
    emoji = ["".join(parts) for size in (1, 2, 3) for parts in product(EMOJI, repeat=size)][: max(1, count // 40)]
    sizes = (len(OPENERS), len(MIDDLES), len(ENDINGS), len(TAILS))
    total = int(np.prod(sizes))
    numbers = random.permutation(total) if count <= total else np.arange(count)
    texts = [_text(int(number), sizes) for number in numbers[: count - len(emoji)]]
    return emoji + texts


def _text(number: int, sizes: tuple[int, ...]) -> str:
    opener, middle, ending, tail = (int(part) for part in np.unravel_index(number % int(np.prod(sizes)), sizes))
    series = number // int(np.prod(sizes))
    suffix = f" no {series}" if series else ""
    return f"{OPENERS[opener]}, {MIDDLES[middle]}{suffix}, {ENDINGS[ending]}{TAILS[tail]}"


def caption_id(number: int) -> int:
    """A 64-bit fingerprint as the bank has them: often negative, mostly beyond 2^53."""
    digest = hashlib.sha256(f"caption-{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def rows(sample: Sample) -> Iterator[Row]:
    """Rows of caption_bank; the repeats come last and take earlier texts."""
    random = np.random.default_rng((sample.seed, 1))
    repeats = min(sample.scaled(REPEATED_CAPTIONS), sample.captions - 1)
    texts = distinct_texts(sample.captions - repeats, random)
    texts += [texts[int(index)] for index in random.integers(0, len(texts), repeats)]
    tiers = random.choice(len(TIERS), sample.captions, p=[share for *_, share in TIERS])
    scores = _conversion_scores(sample, random)
    draws = random.random((sample.captions, 8))
    for number, text in enumerate(texts):
        yield _row(sample, number, text, TIERS[int(tiers[number])], scores[number], draws[number])


def _conversion_scores(sample: Sample, random: np.random.Generator) -> list[float | None]:
    """Null, in range and above 1 in the audited shares, in random order."""
    absent, beyond = sample.scaled(SCORE_NULL), sample.scaled(SCORE_OUT_OF_RANGE)
    inside = max(0, sample.captions - absent - beyond)
    values = [None] * absent + list(1 + random.random(beyond) * 3) + list(random.beta(2, 30, inside))
    order = random.permutation(len(values))[: sample.captions]
    return [None if values[i] is None else round(float(values[i] or 0), 6) for i in order]


def _row(
    sample: Sample, number: int, text: str, tier: tuple[str, float, float], score: float | None, draw: np.ndarray
) -> Row:
    name, price, _ = tier
    used = 0 if score is None else int(1 + draw[0] * 40)
    last_used = sample.now - timedelta(days=1 + draw[1] * 400)
    reach = used * int(200 + draw[2] * 4000)
    revenue = round(reach * price * 0.01 * float(draw[3]), 2)
    performance = None if name == "bump" and draw[4] < 0.5 else round(float(draw[4]), 4)
    return {
        "caption_id": str(caption_id(number)),
        "caption_text": text,
        "content_category": CATEGORIES[int(draw[5] ** 2 * len(CATEGORIES))],
        "price_tier": name,
        "has_urgency": bool(draw[6] < 0.22),
        "conversion_score": score,
        "overall_performance_score": performance,
        "avg_revenue": revenue / used if used else None,
        "lifetime_revenue": revenue if used else None,
        "avg_conversion_rate": score,
        "total_sends": used,
        "pages_used_count": min(used, 5),
        "total_reach": reach,
        "total_conversions": int(reach * 0.01),
        "caption_length": len(text),
        "question_count": float(text.count("?")),
        "exclamation_count": float(text.count("!")),
        "emoji_count": float(sum(text.count(emoji) for emoji in EMOJI)),
        "min_price": price or None,
        "max_price": price * 1.4 or None,
        "avg_price": price or None,
        "last_used": last_used.isoformat() if used else None,
        "days_since_last_use": (sample.now - last_used).days if used else None,
        "usage_status": USAGE_STATUSES[min(int(draw[7] * 5), 3)] if draw[7] > 0.4 else "available",
        "validation_level": "bump_caption" if name == "bump" else VALIDATION_LEVELS[int(draw[0] * 5)],
        "created_at": (sample.now - timedelta(days=420)).isoformat(),
        "updated_at": sample.now.isoformat(),
        "is_long_form": len(text) > 200,
        # The bank's stored key is MD5 of an older rule: nothing may join on it.
        "caption_key": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    }
