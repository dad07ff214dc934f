"""One topic: its sources, its releases, and what can be done about them; and all topics together."""

from typing import Any

from dash import html

from etl.console.parts import badge, facts, partner_facts, table
from etl.console.sources import WORDS, standings
from etl.console.visit import NotThere, Shown, Visit
from etl.unforeseen import whole_store
from layers.policy import Tier
from layers.topics import topic


def releases_page(visit: Visit) -> Shown:
    """Every topic with what is in force."""
    rows = []
    for name in _topics(visit):
        tiers = _current(visit, name)
        shown = [html.Div(f"{release} ({tier})") for tier, release in tiers.items()] or "nothing published"
        rows.append([html.A(topic(name).title, href=f"/topic/{name}"), shown])
    return Shown("Releases", table("Releases in force", ("Topic", "Release in force"), rows))


def topic_page(visit: Visit) -> Shown:
    """The page of `/topic/<name>`. Raises NotThere."""
    name = visit.names["id"]
    if name not in _topics(visit):
        raise NotThere
    here = [each for each in standings(visit.desk, visit.city) if each.source.topic == name]
    sources = [
        html.Li(
            [html.A(each.source.title, href=f"/source/{each.source.id}"), " ", badge(each.state, *WORDS[each.state])]
        )
        for each in here
    ]
    links = [
        ("Run now …", "run"), ("Dry run: what would change …", "dry-run"),
        ("Withdraw sealed or expunged records …", "withdraw-records"),
        ("Roll back to an earlier release …", "roll-back"), ("Take a release back …", "withdraw-release"),
    ]  # fmt: skip
    body = [
        html.H2("Sources"),
        html.Ul(sources),
        *([facts(partner)] if (partner := partner_facts(here[0], visit.zone)) else []),
        html.H2("What can be done"),
        html.Ul([html.Li(html.A(word, href=f"/act/{act}/{name}")) for word, act in links], className="acts"),
        html.H2("Releases"),
        table(
            f"Releases of {topic(name).title}",
            ("Release", "Tier", "State"),
            _releases(visit, name),
            empty="Nothing published.",
        ),
    ]
    return Shown(topic(name).title, body)


def _topics(visit: Visit) -> list[str]:
    return list(dict.fromkeys(source.topic for source in visit.city.sources))


def _current(visit: Visit, name: str) -> dict[str, str]:
    found = {}
    for tier in Tier:
        with whole_store():
            current = visit.desk.store(tier).current()
        if name in current:
            found[str(tier)] = current[name]
    return found


def _releases(visit: Visit, name: str) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for tier in Tier:
        store, up = visit.desk.store(tier), _current(visit, name).get(str(tier))
        gone = {each.release: each for each in store.withdrawals(name)}
        for release in sorted({*store.releases(name), *gone}, reverse=True):
            taken = gone.get(release)
            state: Any = badge("good", "In force", "check") if release == up else "earlier"
            if taken is not None:
                state = f"withdrawn on {taken.withdrawn_on:%d %b %Y}: {taken.reason}"
            rows.append([html.Span(release, className="mono"), str(tier), state])
    return rows
