"""What an alert says. Mail and web hooks are not private: no number about records, no reason that may hold one."""

from typing import Any

from etl.alerts.book import RESOLVED, Message
from etl.city import City
from etl.release.freshness import public_reason
from layers.topics import topic

_HEAD = {"late": "is late", "failed": "failed", "held": "is held"}
_MEANS = {
    "late": "Its agency promised newer data by now, and no run has brought any.",
    "failed": "Its last run failed, and so did every further attempt of the night.",
    "held": "Newer data came and was not let through.",
}


def subject_of(message: Message, city: City) -> str:
    """One line: the city, the topic and what happened."""
    about = message.alert
    said = "is in order again" if message.event == RESOLVED else _HEAD[about.kind]
    return f"{city.settings.name}: {topic(about.topic).title} {said}{_for_partners(about.tier)}"


def text_of(message: Message, city: City) -> str:
    """The whole message as plain text."""
    about = message.alert
    since = f"{about.began.astimezone(city.time_zone):%d %b %Y %H:%M}"
    if message.event == RESOLVED and about.ended is not None:
        over = f"{about.ended.astimezone(city.time_zone):%d %b %Y %H:%M}"
        lines = [f"{subject_of(message, city)}.", f"It was {about.kind} from {since} to {over}."]
    else:
        lines = [f"{subject_of(message, city)} (since {since}).", _MEANS[about.kind]]
        if about.exit_code is not None:
            lines += [public_reason(about.exit_code), f"What to do: python -m etl explain {about.exit_code}"]
        lines += ["The last good release stays up. More: python -m etl status CITY"]
    return "\n".join([*lines, "", f"Alert {message.id}. A message with this number may come twice."])


def facts_of(message: Message, city: City) -> dict[str, Any]:
    """The same for machines, as a web hook gets it."""
    about = message.alert
    return {
        "id": message.id,
        "event": message.event,
        "kind": about.kind,
        "city": city.settings.id,
        "topic": about.topic,
        "tier": about.tier,
        "began": about.began.isoformat(),
        "ended": about.ended.isoformat() if about.ended else None,
        "exit": about.exit_code,
        "text": subject_of(message, city),
    }


def _for_partners(tier: str) -> str:
    return " (partner tier)" if tier == "partner" else ""
