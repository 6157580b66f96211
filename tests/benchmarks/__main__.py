"""`make bench`: prints ratios measured side by side in one run. Nothing here passes or fails."""

from __future__ import annotations

from tests.benchmarks import engines

if __name__ == "__main__":
    engines.main()
