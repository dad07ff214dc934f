"""When it is looked whether a subscriber has news: at seven in the morning of the city, by day, week or month."""

from datetime import datetime, time, timedelta

AT = time(7)


def last_occasion(frequency: str, local: datetime) -> datetime:
    """The newest occasion up to a moment of the city. `weekly` is on Mondays, `monthly` on the first."""
    day = local.date() if local.time() >= AT else local.date() - timedelta(days=1)
    if frequency == "weekly":
        day -= timedelta(days=day.weekday())
    elif frequency == "monthly":
        day = day.replace(day=1)
    return datetime.combine(day, AT, tzinfo=local.tzinfo)
