"""Utility shutoffs: homes with a scheduled shutoff, and what followed."""

from layers.measures import Kind, Measure, Regime
from layers.topics.topic import LOCATION_FIELDS, Field, FieldType, Group, GroupKind, Topic

FOLLOWED: tuple[str, ...] = ("disconnected", "restored", "arranged", "paid")

SHUTOFFS = Topic(
    name="shutoffs",
    title="Utility shutoffs",
    summary="Homes with a scheduled utility shutoff, and what followed.",
    is_not="A scheduled shutoff is not always carried out: the categories say what followed.",
    protected=True,
    event_date="scheduled",
    fields=(
        Field("id", FieldType.TEXT, "The work order's number", required=True, private=True),
        Field("scheduled", FieldType.MOMENT, "Day for which the shutoff was scheduled", required=True),
        Field("outcome", FieldType.CHOICE, "What followed by the closing date", choices=FOLLOWED),
        Field("account", FieldType.TEXT, "Customer account; only hashed, to tell homes apart", private=True),
        *LOCATION_FIELDS,
    ),
    groups=(
        Group("disconnected", "Disconnected", GroupKind.HOME),
        Group("restored", "Disconnected, then restored", GroupKind.HOME),
        Group("arranged", "Payment arranged", GroupKind.HOME),
        Group("paid", "Paid before the day", GroupKind.HOME),
    ),
    measures=(
        Measure(
            "homes_scheduled",
            "Homes with a scheduled shutoff",
            "homes",
            Kind.COUNT,
            Regime.MEASURED,
            "Distinct homes with at least one shutoff scheduled in the period.",
            denominator="homes",
        ),
    ),
    caveats=(
        "Only utilities that report to the center are in it; the source names them.",
        "Homes in a year are fewer than the sum of homes in its months.",
    ),
)
