"""Sent messages: per creator an audience, per message views and purchases, and the history's untidy spelling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from local.sample import captions
from local.sample.shape import CREATORS, FIRST_MESSAGE, WITH_CAPTION_ID, Sample

Row = dict[str, Any]

PAID_TYPES = ("PPV", "ppv", "Ppv", "Unlock", " PPV ")
FREE_TYPES = ("Bump", "bump", "BUMP", "Photo bump", "Free content")
OWN_TEXTS = ("thank you for the tip {n}", "happy birthday {n} 🎂", "new here? say hi {n}", "poll of the day {n}")
PAID_SHARE = 0.62


def pages(count: int = CREATORS) -> list[str]:
    """Page names; some end in _free or _paid as the real ones do."""
    names = ("alice", "bella", "chloe", "dana", "emma", "fiona", "grace", "hanna", "isla", "jade")
    endings = ("", "_free", "_paid", "_vip")
    return [f"{names[i % len(names)]}{endings[i // len(names) % 4]}{i // 40 or ''}" for i in range(count)]


def rows(sample: Sample, bank: Sequence[captions.Row]) -> Iterator[Row]:
    """Rows of mass_messages in order of row_id, oldest first, up to `sample.now`."""
    random = np.random.default_rng((sample.seed, 2))
    n = sample.messages
    names = pages()
    seconds = np.sort(np.sqrt(random.random(n))) * (sample.now - FIRST_MESSAGE).total_seconds()
    creators = _weighted(random, len(names), n)
    audiences = np.exp(random.normal(7.6, 1.1, len(names)))
    chosen = random.integers(0, len(bank), n)
    draws = random.random((n, 7))
    noise = random.normal(0, 0.25, (n, 2))
    for i in range(n):
        row = _row(i, bank[int(chosen[i])], float(audiences[creators[i]]), draws[i], noise[i])
        yield {
            "row_id": i + 1,
            "page_name": names[int(creators[i])],
            "sending_time": (FIRST_MESSAGE + timedelta(seconds=float(seconds[i]))).isoformat(timespec="seconds"),
            **row,
        }


def _weighted(random: np.random.Generator, creators: int, count: int) -> np.ndarray:
    """Creators send unequally: the busiest about five times as much as the quietest."""
    weights = np.linspace(5, 1, creators)
    return random.choice(creators, count, p=weights / weights.sum())


def _row(number: int, caption: captions.Row, audience: float, draw: np.ndarray, noise: np.ndarray) -> Row:
    paid = bool(draw[0] < PAID_SHARE)
    types = PAID_TYPES if paid else FREE_TYPES
    price = round(float(caption["avg_price"] or 8.0) * (0.8 + 0.4 * draw[1]), 2) if paid else None
    sent = max(1, int(audience * np.exp(noise[0])))
    viewed = int(sent * min(1.0, 0.15 + 0.5 * draw[2]))
    purchased = int(viewed * 0.03 * np.exp(noise[1]) * (0.3 + draw[3])) if paid else None
    own_text = draw[4] > 0.8
    return {
        "message": OWN_TEXTS[number % len(OWN_TEXTS)].format(n=number) if own_text else caption["caption_text"],
        "price": price,
        "sent_count": sent,
        "viewed_count": viewed,
        "purchased_count": purchased,
        "earnings": round(purchased * price, 2) if purchased is not None and price else None,
        "message_type": types[int(draw[5] ** 3 * len(types))],
        "caption_id": caption["caption_id"] if not own_text and draw[6] < WITH_CAPTION_ID / 0.8 else None,
    }
