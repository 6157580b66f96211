"""No file of the repository holds what looks like a key, a token or a password with somebody's name on it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What the providers themselves say their keys look like; each one with an example that is none.
KINDS = {
    "private key": (
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*\n?[A-Za-z0-9+/=]{16}",
        "-----BEGIN PRIVATE KEY-----\n" + "A" * 20,
    ),
    "key of a Google service account": (
        r'"private_key_id"\s*:\s*"[0-9a-f]{40}"',
        '"private_key_id": "' + "a1" * 20 + '"',
    ),
    "Google API key": (r"\bAIza[0-9A-Za-z_-]{35}\b", "AIza" + "B" * 35),
    "Google OAuth token": (r"\bya29\.[0-9A-Za-z_-]{20,}", "ya29." + "c" * 30),
    "Slack token": (r"\bxox[abprs]-[0-9A-Za-z-]{20,}", "xoxb-" + "1" * 30),
    "Slack webhook": (
        r"hooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/[0-9A-Za-z]{24}",
        "hooks.slack.com/services/T" + "1" * 9 + "/B" + "2" * 9 + "/" + "x" * 24,
    ),
    "GitHub token": (r"\bgh[pousr]_[0-9A-Za-z]{36}\b", "ghp_" + "d" * 36),
    "AWS key": (r"\bAKIA[0-9A-Z]{16}\b", "AKIA" + "E" * 16),
    "Pulumi token": (r"\bpul-[0-9a-f]{40}\b", "pul-" + "f" * 40),
}


def found(text: str) -> list[str]:
    """The kinds of secrets that a text seems to hold."""
    return [kind for kind, (pattern, _) in KINDS.items() if re.search(pattern, text)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recognised(kind: str) -> None:
    assert found(f"before {KINDS[kind][1]} after") == [kind]


def test_no_file_holds_a_secret() -> None:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.split("\0")
    paths = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    assert len(paths) > 500
    held = {
        str(path.relative_to(ROOT)): kinds
        for path in paths
        if (kinds := found(path.read_text("utf-8", errors="replace")))
    }
    assert held == {}
