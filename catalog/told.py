"""A placement as one text in the environment, for machines that run commands and have neither state nor engine.

The stack writes it for its Cloud Run job; commands on weeks read it. It says where objects are, and holds no secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from catalog.addresses import Placement
from settings.errors import ErosError

VARIABLE = "EROS_PLACEMENT"
PLACEMENT = TypeAdapter(Placement)


def as_text(place: Placement) -> str:
    """The text; the same for the same placement."""
    stated: dict[str, Any] = PLACEMENT.dump_python(place, mode="json")
    return json.dumps({**stated, "sources": sorted(place.sources)}, sort_keys=True)


def told(environment: Mapping[str, str], stack: str) -> Placement | None:
    """What the environment says, None when it says nothing. Errors: ErosError for another stack's, or no placement."""
    text = environment.get(VARIABLE)
    if not text:
        return None
    unset = f"unset {VARIABLE}: without it the stack's own outputs say where its objects are"
    try:
        place = PLACEMENT.validate_json(text)
    except ValidationError as error:
        raise ErosError(f"{VARIABLE} is no placement: {error.errors()[0]['msg']}", fix=unset) from None
    if place.stack != stack:
        raise ErosError(f"{VARIABLE} is of stack {place.stack or '(none)'}, not of {stack}", fix=unset)
    return place
