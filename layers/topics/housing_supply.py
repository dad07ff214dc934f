"""Affordable housing developments. Stock is not vacancy."""

from layers.measures import Kind, Measure, Regime
from layers.topics.topic import LOCATION_FIELDS, Field, FieldType, Group, Topic

HOUSING_SUPPLY = Topic(
    name="housing_supply",
    title="Affordable housing",
    summary="Income-restricted developments and their units, by place.",
    is_not="It does not say what is vacant: where availability is known, its age stands beside it.",
    protected=False,
    exact_because="Developments and their units are public facts about buildings, whoever lives in them.",
    fields=(
        Field("id", FieldType.TEXT, "The development's number", required=True),
        Field("name", FieldType.TEXT, "The development's name"),
        Field("category", FieldType.TEXT, "Income band or program, mapped to a plain-language group"),
        Field("units", FieldType.NUMBER, "Affordable units"),
        Field(
            "status",
            FieldType.CHOICE,
            "In service, being built, or planned",
            choices=("in_service", "under_construction", "planned", "expired"),
        ),
        Field("available_units", FieldType.NUMBER, "Units said to be open to applicants"),
        Field("available_as_of", FieldType.MOMENT, "When availability was last said"),
        Field("built", FieldType.MOMENT, "When the development opened or was completed"),
        *LOCATION_FIELDS,
    ),
    groups=(
        Group("extremely_low", "Extremely low income (up to 30 % of area median)"),
        Group("very_low", "Very low income (up to 50 %)"),
        Group("low", "Low income (up to 80 %)"),
        Group("moderate", "Moderate income (up to 120 %)"),
        Group("senior", "Seniors"),
        Group("supportive", "Supportive or special needs"),
        Group("other", "Mixed or not stated"),
    ),
    measures=(
        Measure(
            "developments",
            "Developments",
            "developments",
            Kind.COUNT,
            Regime.EXACT,
            "Affordable developments in service, being built or planned.",
        ),
        Measure(
            "units",
            "Affordable units",
            "units",
            Kind.COUNT,
            Regime.EXACT,
            "Income-restricted units in these developments.",
            denominator="homes",
        ),
    ),
    caveats=(
        "Stock is not vacancy: a unit that exists is usually lived in.",
        "One building may be in several programs; the source says how it avoids counting a unit twice.",
    ),
)
