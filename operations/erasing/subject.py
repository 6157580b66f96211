"""Whom or what an erasure is of, and how it is recognised: by its value, in words, and later by a hash alone."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from settings.errors import ErosError

SubjectKind: TypeAlias = Literal["page", "caption"]
PAGE = re.compile(r"[a-z0-9_-]{1,100}")
LARGEST = 2**63
# Shorter numbers are also counts and prices: in words they are a caption's only behind its name.
LONG = 8
SCHEDULE = "sched_[0-9]{8}_[0-9]{6}_"
BEFORE_PAGE = f"(^|[^a-z0-9_-]|{SCHEDULE})"
AFTER_PAGE = "([^a-z0-9_-]|$)"


@dataclass(frozen=True, slots=True)
class ErasureSubject:
    """A page or caption. `token` makes the pseudonym; `keys` are those of a caption's texts (caption_key_v2)."""

    kind: SubjectKind
    value: str
    token: str = field(default_factory=lambda: secrets.token_hex(5))
    keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, page: str, caption: str) -> ErasureSubject:
        """From what was typed. Errors: ErosError for both, neither, or what is none."""
        if bool(page) == bool(caption):
            raise ErosError("say what to erase", fix="--page NAME or --caption ID, one of them")
        if page:
            name = page.strip().lower()
            if not PAGE.fullmatch(name):
                raise ErosError(f"{page!r} is no page", fix="letters, digits, _ and -: eros erase --page NAME")
            return cls("page", name)
        if not re.fullmatch(r"-?[0-9]{1,19}", caption.strip()) or not -LARGEST <= int(caption) < LARGEST:
            raise ErosError(f"{caption!r} is no caption", fix="a whole number as in caption_bank: --caption=-123")
        return cls("caption", str(int(caption)))

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"

    @property
    def hash(self) -> str:
        """By which it is known afterwards."""
        return hashed(self.kind, self.value)

    @property
    def pseudonym(self) -> str:
        """What stands in the place of its name where a row stays. Random: nothing leads back."""
        return f"erased_{self.token}"

    @property
    def pattern(self) -> str:
        """RE2: its name in words, with what stands before and behind it as groups 1 and 2."""
        if self.kind == "page":
            return f"(?i){BEFORE_PAGE}{self.value}{AFTER_PAGE}"
        before = "(^|[^0-9-])" if self.is_long else "(caption[a-z_]*[ =:#\"']{1,4})"
        return f"(?i){before}{self.value}([^0-9]|$)"

    @property
    def is_long(self) -> bool:
        """Whether its number says by itself that it is a caption's."""
        return self.kind == "caption" and len(self.value.lstrip("-")) >= LONG

    def values(self) -> Mapping[str, Any]:
        """The parameters of statements about it: what is erased never stands in a statement's own text."""
        value = self.value if self.kind == "page" else int(self.value)
        to = f"\\1{self.pseudonym}\\2"
        return {"value": value, "pattern": self.pattern, "new": self.pseudonym, "to": to, "keys": list(self.keys)}

    def known_as(self, token: str, keys: tuple[str, ...] = ()) -> ErasureSubject:
        """The same with another pseudonym, or the keys of its texts."""
        return replace(self, token=token or self.token, keys=keys or self.keys)


def hashed(kind: str, value: str) -> str:
    """SHA-256 in hex, of kind and value."""
    return hashlib.sha256(f"{kind}|{value}".encode()).hexdigest()
