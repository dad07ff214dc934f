"""Public denominators: how many homes there are, and where."""

from layers.measures import Kind, Measure, Regime
from layers.topics.topic import LOCATION_FIELDS, Field, FieldType, Topic

HOUSEHOLDS = Topic(
    name="households",
    title="Homes",
    summary="Residential units, renter households and utility accounts, the denominators of every rate.",
    is_not="It says nothing about who lives in a home.",
    protected=False,
    exact_because="Homes, renter households and accounts are sums of the public address file.",
    fields=(
        Field("id", FieldType.TEXT, "The address or parcel number", required=True),
        Field("units", FieldType.NUMBER, "Residential units at the address", required=True),
        Field("renter_units", FieldType.NUMBER, "Units that are rented"),
        Field("accounts", FieldType.NUMBER, "Utility accounts"),
        *LOCATION_FIELDS,
    ),
    groups=(),
    measures=(
        Measure("homes", "Homes", "homes", Kind.COUNT, Regime.EXACT, "Residential units in the city's address file."),
        Measure(
            "renter_households",
            "Renter households",
            "renter households",
            Kind.COUNT,
            Regime.EXACT,
            "Residential units that are rented.",
        ),
        Measure("accounts", "Utility accounts", "accounts", Kind.COUNT, Regime.EXACT, "Residential utility accounts."),
    ),
    caveats=("Units come from public address and parcel files and change slowly; their vintage is named.",),
)
