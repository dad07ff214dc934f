"""The topics: one file each, one line each in the tuple below."""

from layers.topics.community_needs import COMMUNITY_NEEDS
from layers.topics.contact_center import CONTACT_CENTER
from layers.topics.evictions import EVICTIONS
from layers.topics.households import HOUSEHOLDS
from layers.topics.housing_supply import HOUSING_SUPPLY
from layers.topics.service_requests import SERVICE_REQUESTS
from layers.topics.shutoffs import SHUTOFFS
from layers.topics.topic import AREA_FIELD_PREFIX, LOCATION_FIELDS, Field, FieldType, Group, GroupKind, Topic

TOPICS: tuple[Topic, ...] = (
    SERVICE_REQUESTS,
    EVICTIONS,
    SHUTOFFS,
    COMMUNITY_NEEDS,
    HOUSING_SUPPLY,
    HOUSEHOLDS,
    CONTACT_CENTER,
)

__all__ = [
    "AREA_FIELD_PREFIX",
    "LOCATION_FIELDS",
    "TOPICS",
    "Field",
    "FieldType",
    "Group",
    "GroupKind",
    "Topic",
    "topic",
]


def topic(name: str) -> Topic:
    """The topic of that name. Raises KeyError with the known names."""
    for each in TOPICS:
        if each.name == name:
            return each
    raise KeyError(f"no topic {name!r}; known: {', '.join(t.name for t in TOPICS)}")
