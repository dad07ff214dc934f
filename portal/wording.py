"""Dates, sizes and statuses in words. One way each, on every page and in every file."""

from datetime import date, datetime

from layers.measures import Status

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

STATUS_WORD: dict[Status, str] = {
    Status.VALUE: "figure",
    Status.ZERO: "none",
    Status.HIDDEN: "too few to show",
    Status.NOT_COLLECTED: "not collected",
    Status.NOT_REPORTED: "not reported yet",
}
"""What stands where a number would."""

CADENCE_WORD = {
    "daily": "every day",
    "weekly": "every week",
    "monthly": "every month",
    "quarterly": "every quarter",
    "yearly": "every year",
    "once": "once",
}


def day_text(day: date) -> str:
    """`5 October 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime) -> str:
    """`5 October 2026, 06:10`, in the moment's own time zone."""
    return f"{day_text(moment.date())}, {moment:%H:%M}"


def bytes_text(size: int) -> str:
    """`812 B`, `3.1 MB`: decimal units, as browsers show."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} B"


def count_text(number: int) -> str:
    """`84,112`."""
    return f"{number:,}"


def list_text(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
