"""The five fields of a cron expression, checked when a declaration is read."""

import re

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES = {
    "month": {name: 1 + i for i, name in enumerate(_MONTHS)},
    "day of week": {name: i for i, name in enumerate(_DAYS)},
}
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


def checked_cron(text: str) -> str:
    """The expression as given; ValueError that names the field at fault."""
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError("a cron expression has five fields: minute, hour, day of month, month, day of week")
    for part, (name, low, high) in zip(parts, _FIELDS, strict=True):
        if not all(_fits(item, name, low, high) for item in part.split(",")):
            raise ValueError(f"the field `{name}` of a cron expression lies between {low} and {high}, not {part!r}")
    return text


def _fits(item: str, name: str, low: int, high: int) -> bool:
    match = _PART.fullmatch(item.lower())
    if match is None or (match["step"] is not None and int(match["step"]) == 0):
        return False
    ends = [_number(end, name) for end in (match["first"], match["last"]) if end is not None]
    return all(end is not None and low <= end <= high for end in ends) and ends == sorted(
        ends, key=lambda end: end or 0
    )


def _number(text: str, name: str) -> int | None:
    return int(text) if text.isdecimal() else _NAMES.get(name, {}).get(text)
