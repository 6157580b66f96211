"""Commands on pages: one of them on one screen, the queue of those that wait, and locks on captions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations import display
from operations.commands.by_hand import By, DryRun, Page, Yes
from operations.commands.shared import AsJson, StackOption, say, warehouse_of
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.byhand.held_locks import LocksAsk

app = typer.Typer()
queue = typer.Typer(help="The queue of pages that need a week: list, requeue, drop.", no_args_is_help=True)
locks = typer.Typer(help="Locks on captions: list, free.", no_args_is_help=True)
app.add_typer(queue, name="queue")
app.add_typer(locks, name="locks")

Reason = Annotated[str, typer.Option("--reason", help="For the audit.")]
OfPage = Annotated[str, typer.Option("--page", metavar="X", help="Only of this page.")]
OfCaption = Annotated[int | None, typer.Option("--caption", metavar="ID", help="Only of this caption.")]
OfSchedule = Annotated[str, typer.Option("--schedule", metavar="ID", help="Only of this schedule.")]
UNSTATED = "no reason stated"


@app.command()
def page(name: Page, stack: StackOption, as_json: AsJson = False) -> None:
    """Show one page on one screen: why it got few captions or none, its pool, locks, queue, errors, next schedule."""
    from operations.byhand import page_overview, page_screen

    seen = page_overview.overview(warehouse_of(stack), name, datetime.now(UTC))
    if as_json:
        display.print_json(page_screen.as_json(seen))
    else:
        page_screen.show(display.console(), seen)


@queue.command("list")
def list_queue(
    stack: StackOption,
    of_page: OfPage = "",
    days: Annotated[int, typer.Option(min=0, max=90, help="How far back.")] = 7,
    everything: Annotated[bool, typer.Option("--all", help="Also what is done.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the pages that wait, are worked on or failed, newest date first."""
    from operations.byhand.queue_rows import queued

    found = queued(warehouse_of(stack), datetime.now(UTC), page=_page(of_page), days=days, closed=everything)
    if as_json:
        display.print_json([dict(row.items()) for row in found])
        return
    heads = ("date", "page", "status", "queued", "attempts", "lease until", "schedule", "why")
    rows = (
        (
            *(row.execution_date, row.page_name, row.status, display.both_zones(row.queued_at), row.attempts),
            *(display.both_zones(row.lease_expires_at), row.schedule_id, row.error_message),
        )
        for row in found
    )
    display.console().print(display.table(heads, rows))
    if not found:
        say(f"nothing waits, is worked on or failed in the last {days} days")


@queue.command()
def requeue(name: Page, stack: StackOption, reason: Reason = UNSTATED, by: By = "") -> None:
    """Put a page into the queue again, with all its attempts, whatever became of it."""
    from operations.byhand import known_pages, queue_rows

    warehouse, now = warehouse_of(stack), datetime.now(UTC)
    found = known_pages.known_page(warehouse, name, now)
    queue_rows.requeue(warehouse, found.page, now, by, reason)
    say(f"{found.page} waits in the queue. Next: eros week run --once -s {stack}")


@queue.command()
def drop(name: Page, stack: StackOption, reason: Reason = UNSTATED, by: By = "") -> None:
    """Take a page that waits out of the queue; the daily run of the next date may queue it again."""
    from operations.byhand import queue_rows

    count = queue_rows.drop(warehouse_of(stack), _page(name), datetime.now(UTC), by, reason)
    say(f"{count} of {name} closed; nobody builds it until it is queued again: eros queue requeue {name} -s {stack}")


@locks.command("list")
def list_locks(
    stack: StackOption,
    of_page: OfPage = "",
    caption: OfCaption = None,
    schedule: OfSchedule = "",
    limit: Annotated[int, typer.Option(min=1, help="Rows to show at most.")] = 40,
    as_json: AsJson = False,
) -> None:
    """List the active locks, by send time; whose schedule is active or being built."""
    from operations.byhand.held_locks import locks as held

    found = held(warehouse_of(stack), _ask(of_page, caption, schedule), datetime.now(UTC))
    if as_json:
        display.print_json([_lock_json(row) for row in found])
        return
    _show_locks(found[:limit])
    needed = sum(row.is_needed for row in found)
    shown = f"; only the first {limit} are shown (--limit)" if len(found) > limit else ""
    say(f"{len(found):,} locks, {needed:,} of schedules that are active or being built{shown}")


@locks.command()
def free(
    stack: StackOption,
    of_page: OfPage = "",
    caption: OfCaption = None,
    schedule: OfSchedule = "",
    of_active: Annotated[
        bool, typer.Option("--of-active", help="Also locks of schedules that are active or being built.")
    ] = False,
    reason: Reason = UNSTATED,
    by: By = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Free captions that are locked and not sent yet, after they were shown. A whole schedule: eros week cancel."""
    from operations.byhand import hand_changes, held_locks

    ask = _ask(of_page, caption, schedule)
    if ask.is_open:
        raise ErosError("which locks? Nothing was changed", fix="--page X, --caption ID or --schedule ID")
    warehouse, now = warehouse_of(stack), datetime.now(UTC)
    found = held_locks.locks(warehouse, ask, now)
    freed = held_locks.freed_by(found, needed_too=of_active)
    _show_locks(freed)
    kept = sum(row.is_needed for row in found) if not of_active else 0
    say(f"{len(freed):,} of {len(found):,} locks would be free; {kept:,} are of active schedules or ones being built")
    if not freed:
        raise ErosError("nothing to free", fix="eros week cancel ID frees a schedule's" if kept else "eros locks list")
    if dry_run or not hand_changes.agreed("Free them?", yes=yes, prompt=lambda prompt: input(prompt), say=say):
        return
    count = held_locks.free(warehouse, ask, now, by, reason, needed_too=of_active)
    say(f"{count:,} locks are free")


def _show_locks(rows: list[Any]) -> None:
    heads = ("send", "hour", "page", "caption", "schedule", "is", "text")
    cells = (
        (
            *(row.scheduled_send_date, row.scheduled_send_hour, row.page_name, str(row.caption_id), row.schedule_id),
            *("needed" if row.is_needed else "free to go" if row.is_unsent else "sent", row.caption_text[:40]),
        )
        for row in rows
    )
    display.console().print(display.table(heads, cells))


def _lock_json(row: Any) -> dict[str, Any]:
    # Beyond what JSON's readers hold as a number.
    return {**dict(row.items()), "caption_id": str(row.caption_id)}


def _ask(of_page: str, caption: int | None, schedule: str) -> LocksAsk:
    from operations.byhand.held_locks import LocksAsk
    from operations.weeks.stored_weeks import schedule_id

    return LocksAsk(_page(of_page), "" if caption is None else str(caption), schedule_id(schedule) if schedule else "")


def _page(text: str) -> str:
    from operations.weeks.page_facts import page_name

    return page_name(text) if text else ""
