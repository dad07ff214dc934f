"""The whole of `city.toml`: which tables it may have."""

from pydantic import Field

from etl.city.agencies import Agency
from etl.city.models import (
    Alerts,
    AreaDeclaration,
    CitySettings,
    Contact,
    Declaration,
    Event,
    ExactReview,
    Geocoder,
    Partner,
    PolicyOverride,
    Slug,
    Streets,
    ZoneSizes,
)
from etl.city.targets import Target


class CityFile(Declaration):
    """The whole of `city.toml`."""

    city: CitySettings = Field(description="The city itself.")
    contacts: tuple[Contact, ...] = Field(default=(), description="Who to call.")
    events: tuple[Event, ...] = Field(default=(), description="Markers for trends.")
    agencies: tuple[Agency, ...] = Field(default=(), description="Who answers for which requests.")
    targets: tuple[Target, ...] = Field(default=(), description="What the city set out to reach.")
    areas: tuple[AreaDeclaration, ...] = Field(min_length=1, description="Kinds of areas.")
    streets: Streets | None = Field(default=None, description="Street centerlines; without them there are none.")
    geocoder: Geocoder | None = Field(default=None, description="An outside address service; off unless declared.")
    zones: ZoneSizes = Field(default_factory=ZoneSizes, description="Sizes of zones.")
    policy: dict[Slug, PolicyOverride] = Field(
        default={}, description="Overrides of the public tier by protected topic."
    )
    exact: dict[Slug, ExactReview] = Field(
        default={}, description="Reviews of topics with exact figures: `[exact.TOPIC]`."
    )
    partner: Partner | None = Field(default=None, description="The partner tier; without it there is none.")
    alerts: Alerts = Field(default=Alerts(), description="Whom to tell that a topic is late, failed or held.")
