"""Community needs: what people asked 211 for, as the 211 center counted it."""

from layers.measures import Kind, Measure, Regime
from layers.topics.topic import Group, Topic

COMMUNITY_NEEDS = Topic(
    name="community_needs",
    title="Community needs (211)",
    summary="Requests for help to 211, by kind of need, as the 211 center counted them.",
    is_not="A request is not a household: people call more than once, and most people in need never call.",
    protected=False,
    fields=(),
    groups=(
        Group("housing", "Housing and shelter"),
        Group("utilities", "Utility bills"),
        Group("food", "Food"),
        Group("health_care", "Health care"),
        Group("mental_health", "Mental health and addiction"),
        Group("employment", "Work and income"),
        Group("transportation", "Transportation"),
        Group("legal", "Legal aid and government"),
        Group("household_goods", "Clothing and household goods"),
        Group("child_care", "Child care and parenting"),
        Group("education", "Education"),
        Group("disaster", "Disaster"),
        Group("other", "Other needs"),
    ),
    measures=(
        Measure(
            "requests_for_help",
            "Requests for help",
            "requests",
            Kind.COUNT,
            Regime.SOURCE,
            "Requests for help that 211 recorded in the period; one call may hold several.",
            denominator="homes",
        ),
    ),
    caveats=(
        "Counted by the 211 center, shown as received; where the center left a place blank, it is not reported.",
        "Calls are not conditions: people who do not know of 211, or cannot call, are not in it.",
    ),
)
