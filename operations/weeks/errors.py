"""Why no week was built, stored or shown."""

from __future__ import annotations

from datetime import date

from settings.errors import ErosError


class WeekError(ErosError):
    """A week cannot be built or changed; nothing of it is locked or active."""


class WeekHasSchedule(WeekError):
    """The page has an active schedule for the week already."""

    def __init__(self, page: str, monday: date, schedule_id: str) -> None:
        super().__init__(
            f"{page} has the active schedule {schedule_id} for the week of {monday}",
            fix=f"keep it, or build anew after: eros week cancel {schedule_id}",
        )
        self.schedule_id = schedule_id


class LeaseLost(WeekError):
    """The claim of the page ended before its week was ready; a sweep frees what it held."""

    def __init__(self, schedule_id: str) -> None:
        super().__init__(f"{schedule_id}: the claim of its page has ended", fix="build the week again")
