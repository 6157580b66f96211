"""The board as one file of HTML: style, script, Chart.js and data in it, and a policy that lets nothing else run.

The template escapes every text. Plots are drawn from the tables below them, so the page holds no data as script; the
policy names the digests of the two scripts and of the style, so that not even markup that slipped in could run.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operations.board.panels import WORDS, Board
from operations.display import both_zones
from operations.page_colours import COLOURS

FOLDER = Path(__file__).resolve().parent
CHART = FOLDER / "assets" / "chart.umd.min.js"
SOURCE_MAP = "\n//# sourceMappingURL="
SYMBOLS = {"ok": "✓", "waiting": "○", "warning": "!", "unknown": "?", "critical": "✕", "": "–"}


def render(board: Board, *, again: bool = False) -> str:
    """The whole page; `again` offers to read anew, which a file cannot."""
    return (
        _environment()
        .get_template("board.html")
        .render(
            board=board,
            again=again,
            policy=policy(),
            style=style(),
            scripts=scripts(),
            words=WORDS,
            symbols=SYMBOLS,
            both_zones=both_zones,
        )
    )


@functools.cache
def policy() -> str:
    """The Content-Security-Policy: nothing but what is in the page, and no connection at all."""
    allowed = " ".join(map(_digest, scripts()))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(style())}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


@functools.cache
def style() -> str:
    """The style sheet."""
    return COLOURS + _asset("board.css")


@functools.cache
def scripts() -> tuple[str, ...]:
    """Chart.js without the address of its source map, and ours."""
    return (CHART.read_text(encoding="utf-8").partition(SOURCE_MAP)[0], _asset("board.js"))


def _asset(name: str) -> str:
    return (FOLDER / "assets" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _environment() -> Environment:
    loader = FileSystemLoader(FOLDER / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
