"""Alerts: the steward hears by mail or web hook that a topic is late, failed or held, once, and that it is over."""

from etl.alerts.book import Alert, lasting, note, waiting_messages
from etl.alerts.conditions import Condition, conditions
from etl.alerts.deliver import channels_of, deliver, sender
from etl.context import Context

__all__ = [
    "Alert",
    "Condition",
    "channels_of",
    "conditions",
    "deliver",
    "lasting",
    "note",
    "raise_alerts",
    "sender",
    "waiting_messages",
]


def raise_alerts(context: Context) -> list[Alert]:
    """Write down what is wrong at the moment of a context, and what is in order again; sends nothing."""
    city, state = context.city, context.state
    found = conditions(city, state, context.clock())
    changed = note(state.engine, found, channels_of(city), context.clock())
    for alert in changed:
        context.progress.step(alert.topic, "alert", kind=alert.kind, tier=alert.tier, over=alert.ended is not None)
    return changed
