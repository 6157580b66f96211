"""What BigQuery charges on demand for what is billed. SQL has the same price in `query_cost_usd`."""

from __future__ import annotations

from dataclasses import dataclass

TEBIBYTE = 2**40
# What the platform may cost, in US dollars without the free part; of a month it is the budget of bootstrap/.
TARGETS = {"day": 0.20, "week": 1.40}
DAYS = {"day": 1, "week": 7}
DAYS_A_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class Price:
    """On-demand price in US dollars for a TiB, and the TiB a month that are free for a billing account."""

    per_tebibyte: float = 6.25
    free_tebibytes: float = 1.0

    def of(self, bytes_: float) -> float:
        """Dollars without the free part."""
        return bytes_ / TEBIBYTE * self.per_tebibyte

    def to_pay(self, bytes_a_month: float) -> float:
        """Dollars of a month after the free part."""
        return max(0.0, bytes_a_month / TEBIBYTE - self.free_tebibytes) * self.per_tebibyte
