"""What two stored weeks do not have in common, message by message."""

from __future__ import annotations

from collections.abc import Iterator

from operations.weeks.stored_weeks import StoredMessage, StoredWeek

Key = tuple[str, int | None, str]


def differences(old: StoredWeek, new: StoredWeek) -> list[str]:
    """Lines: `-` only in the first, `+` only in the second, `~` the same caption at another time or price.

    A caption stands once in a week; messages without one are the same when they have one time and type.
    """
    before, after = _by_key(old), _by_key(new)
    found = [(message.local, "-", _said(message)) for key, message in before.items() if key not in after]
    found += [(message.local, "+", _said(message)) for key, message in after.items() if key not in before]
    for key in before.keys() & after.keys():
        if changed := "; ".join(_changes(before[key], after[key])):
            found.append((after[key].local, "~", f"{_said(after[key])} ({changed})"))
    return [f"{sign} {text}" for _, sign, text in sorted(found)]


def _by_key(week: StoredWeek) -> dict[Key, StoredMessage]:
    return {_key(message): message for message in week.messages}


def _key(message: StoredMessage) -> Key:
    when = "" if message.caption_id is not None else message.local.isoformat()
    return message.message_type, message.caption_id, when


def _changes(old: StoredMessage, new: StoredMessage) -> Iterator[str]:
    if old.local != new.local:
        yield f"was {old.local:%a %Y-%m-%d %H:%M}"
    if old.price != new.price:
        yield f"was {price(old.price)}"


def _said(message: StoredMessage) -> str:
    caption = "" if message.caption_id is None else f", caption {message.caption_id}"
    return f"{message.local:%a %Y-%m-%d %H:%M} {message.message_type} {price(message.price)}{caption}"


def price(value: float | None) -> str:
    """Dollars and cents."""
    return "free" if value is None else f"${value:.2f}"
