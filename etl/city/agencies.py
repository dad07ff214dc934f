"""Who answers for which groups of requests, as `[[agencies]]` of `city.toml` may say it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from etl.city.models import MAIL_ADDRESS, Declaration, Slug, Text
from etl.city.problems import closest
from etl.errors import Problem
from layers.tables import AGENCY_PREFIX
from layers.topics import TOPICS, GroupKind

if TYPE_CHECKING:
    from etl.city.city import Source

FIELD = "agency"
"""The field of a topic that says who answers for a record."""
OTHER = "other"


class Agency(Declaration):
    """A department of the city, and what it answers for. It gets a page of its own."""

    id: Annotated[Slug, Field(max_length=40)] = Field(description="Short name for addresses: /agency/ID.")
    title: Text = Field(description="What people call it.")
    groups: tuple[Slug, ...] = Field(
        default=(),
        description="Groups of requests it answers for. A group that no agency lists goes to the one that the feed's "
        "field `agency` names for most of its requests.",
    )
    codes: tuple[Text, ...] = Field(default=(), description="How feeds write it in their field `agency`.")
    phone: str | None = Field(default=None, description="Telephone number as people dial it.")
    url: str | None = Field(default=None, description="Web address.")
    email: Annotated[str, Field(pattern=MAIL_ADDRESS)] | None = Field(default=None, description="E-mail address.")
    text: str = Field(default="", description="What it does, in a few words.")


def agency_problems(file: str, agencies: Sequence[Agency], sources: "Sequence[Source]") -> Iterator[Problem]:
    """Agencies of one id, groups and codes of two agencies, groups that there are none of."""
    known = _groups(sources)
    ids: dict[str, int] = {}
    owners: dict[str, str] = {}
    names: dict[str, str] = {}
    for number, each in enumerate(agencies, start=1):
        key = f"agencies[{number}]"
        if ids.setdefault(each.id, number) != number:
            yield Problem(file, f"{key}.id", f"`{each.id}` is declared twice.", "Keep one, or give it another id.")
        for group in each.groups:
            if group not in known:
                what = f"`{group}` is no group of requests that is published."
                yield Problem(file, f"{key}.groups", what, closest(group, known))
            elif owners.setdefault(group, each.id) != each.id:
                what = f"`{group}` is also `{owners[group]}`'s."
                yield Problem(file, f"{key}.groups", what, "Keep it with the one agency that answers for it.")
        for code in each.codes:
            if names.setdefault(folded(code), each.id) != each.id:
                what = f"the code {code!r} is also `{names[folded(code)]}`'s."
                yield Problem(file, f"{key}.codes", what, "Keep it with one agency.")
    yield from _taken_names(sources)


def folded(code: str) -> str:
    """A code as codes are compared: without regard to case and to space around it."""
    return code.strip().casefold()


def _groups(sources: "Sequence[Source]") -> list[str]:
    """Every group that may have an agency: of the topics that know one, none that is sensitive."""
    topics = [each.name for each in TOPICS if each.field(FIELD) is not None]
    own = [group for s in sources if s.topic in topics for group in s.plain_groups()]
    return [*dict.fromkeys(group.key for group in own if group.kind is not GroupKind.SENSITIVE), OTHER]


def _taken_names(sources: "Sequence[Source]") -> Iterator[Problem]:
    for source in sources:
        for key in source.groups:
            if f"{key}_".startswith(AGENCY_PREFIX):
                yield Problem(
                    f"sources/{source.id}.toml",
                    f"groups.{key}",
                    f"names that begin with `{AGENCY_PREFIX}` are those of agencies.",
                    "Give the group another name.",
                )
