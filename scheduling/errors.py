"""Why no week can be built."""

from settings.errors import ErosError


class SchedulingError(ErosError):
    """What the builder was given cannot become a week."""
