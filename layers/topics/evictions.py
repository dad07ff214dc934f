"""Eviction court cases: a filing is not an eviction."""

from layers.measures import Kind, Measure, Regime
from layers.topics.topic import LOCATION_FIELDS, Field, FieldType, Group, GroupKind, Topic

OUTCOMES: tuple[str, ...] = ("default", "appeared_dismissed", "settled", "judgment")
"""Appearance × outcome of a disposition, as published."""

EVICTIONS = Topic(
    name="evictions",
    title="Eviction filings",
    summary="Homes with an eviction case filed in court, and how the cases ended.",
    is_not="It does not count evictions carried out: most filings do not end in a set-out.",
    protected=True,
    event_date="filed",
    fields=(
        Field("id", FieldType.TEXT, "The case's docket number", required=True, private=True),
        Field("filed", FieldType.MOMENT, "When the case was filed", required=True),
        Field("hearing", FieldType.MOMENT, "First hearing"),
        Field("disposition", FieldType.MOMENT, "When the court disposed of the case"),
        Field(
            "outcome",
            FieldType.CHOICE,
            "How the court disposed of it",
            choices=("dismissed", "settled", "judgment", "default"),
        ),
        Field("appeared", FieldType.FLAG, "Whether the tenant appeared"),
        Field("represented", FieldType.FLAG, "Whether the tenant had a lawyer"),
        Field("mediated", FieldType.FLAG, "Whether the case was mediated"),
        Field("executed", FieldType.MOMENT, "When a set-out was carried out"),
        Field("party", FieldType.TEXT, "The defendant; only hashed, to tell homes of one building apart", private=True),
        *LOCATION_FIELDS,
    ),
    groups=(
        Group("default", "Judgment by default: the tenant did not appear", GroupKind.HOME),
        Group("appeared_dismissed", "Tenant appeared, case dismissed", GroupKind.HOME),
        Group("settled", "Settled or mediated", GroupKind.HOME),
        Group(
            "judgment",
            "Judgment for possession, not by default",
            GroupKind.HOME,
            "The tenant appeared, or the source does not say whether they did.",
        ),
    ),
    measures=(
        Measure(
            "homes_filed",
            "Homes with an eviction filing",
            "homes",
            Kind.COUNT,
            Regime.MEASURED,
            "Distinct homes with at least one case filed in the period. Filing again in the same period adds nothing.",
            denominator="homes",
        ),
        Measure(
            "homes_disposed",
            "Homes with a disposition",
            "homes",
            Kind.COUNT,
            Regime.MEASURED,
            "Distinct homes with a case that the court disposed of in the period, by what happened.",
            denominator="homes",
        ),
        Measure(
            "set_outs",
            "Evictions carried out",
            "evictions",
            Kind.COUNT,
            Regime.SOURCE,
            "Evictions that an officer carried out in the period, as the source counts them.",
            denominator="homes",
        ),
    ),
    caveats=(
        "A filing is not an eviction.",
        "Homes in a year are fewer than the sum of homes in its months: a home filed against twice counts once a year.",
        "A difference between tenants who appeared and who did not is not proof of cause.",
    ),
)
