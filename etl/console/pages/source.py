"""One source: what is held and what changed in it, its runs, and what can be done."""

from typing import Any

from dash import html

from etl.city import Source
from etl.console.history import SourceRow, source_history
from etl.console.parts import badge, facts, form, moment, note, partner_facts, submit, table, text_field
from etl.console.sources import WORDS, Standing, standings
from etl.console.visit import NotThere, Shown, Visit
from etl.drift.told import findings_of
from layers.topics import topic

RUNS = 25


def source_page(visit: Visit) -> Shown:
    """The page of `/source/<id>`. Raises NotThere."""
    standing = next((each for each in standings(visit.desk, visit.city) if each.source.id == visit.names["id"]), None)
    if standing is None:
        raise NotThere
    source, (word, picture) = standing.source, WORDS[standing.state]
    body = [
        html.P([badge(standing.state, word, picture), " ", html.Span(standing.reason)]),
        facts(
            [
                ("Topic", html.A(topic(source.topic).title, href=f"/topic/{source.topic}")),
                ("Kind of connector", source.connector.kind),
                ("Promised", source.cadence),
                ("Last good run", moment(standing.last_good, visit.zone)),
                ("Next run", moment(standing.next_run, visit.city.zone_of(source), none="not scheduled")),
                ("Release in force", standing.release or "none"),
                *partner_facts(standing, visit.zone),
            ]
        ),
        *_held(visit, standing),
        html.H2("What can be done"),
        html.Ul([html.Li(link) for link in _links(standing)], className="acts"),
        *_map(visit, source),
        html.H2("Runs"),
        table(f"Newest runs of {source.title}", _HEADS, _rows(visit, source), empty="No run yet."),
    ]
    return Shown(source.title, body)


_HEADS = (
    "Run",
    "Tier",
    "How it ended",
    "Rows in",
    "Taken",
    "Rejects by reason",
    "Located by way",
    "Duplicates",
    "Seconds",
)


def _rows(visit: Visit, source: Source) -> list[list[Any]]:
    return [_row(visit, each) for each in source_history(visit.desk.engine, source.id, source.topic, limit=RUNS)]


def _row(visit: Visit, row: SourceRow) -> list[Any]:
    run = row.run
    ended = "under way" if run.ended is None else "passed" if run.exit_code == 0 else f"ended with {run.exit_code}"
    dry = " (dry run)" if run.dry else ""
    return [
        f"{moment(run.started, visit.zone)}{dry}",
        run.tier,
        [ended, html.Span(f": {run.reason}", className="quiet") if run.reason else None],
        _number(row.rows),
        _number(row.accepted),
        _listed({name: f"{number:,}" for name, number in row.rejects.items()}),
        _listed({way: f"{share:.1%}" for way, share in row.located_shares.items()}),
        _number(row.duplicates),
        "" if run.seconds is None else f"{run.seconds:,.1f}",
    ]


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _listed(told: dict[str, str]) -> Any:
    return html.Ul([html.Li(f"{name} {figure}") for name, figure in told.items()]) if told else ""


def _held(visit: Visit, standing: Standing) -> list[Any]:
    held = standing.held
    if held is None:
        return []
    findings = findings_of(held)
    lines = [
        html.Li([html.Strong("Held: " if finding.holds else "Note: "), finding.sentence, _figures(finding)])
        for finding in findings
    ]
    obstacle = [note("caution", html.P(f"Nobody can approve it. {held.obstacle}"))] if held.obstacle else []
    acts = [] if held.obstacle else [html.A("Approve …", href=f"/act/approve/{held.source}", className="button strong")]
    acts.append(html.A("Reject …", href=f"/act/reject/{held.source}", className="button"))
    return [
        html.H2("What is held", id="held"),
        html.P(f"Since {moment(held.began, visit.zone)}, exit code {held.exit_code}. The last release stays up."),
        *([] if findings else [html.P(held.reason)]),
        html.Ul(lines, className="findings"),
        *obstacle,
        html.P(acts, className="row"),
    ]


def _figures(finding: Any) -> Any:
    parts = [("before", finding.before), ("now", finding.after), ("limit", finding.threshold)]
    told = ", ".join(f"{word} {figure}" for word, figure in parts if figure)
    return html.Span(f" ({told})", className="quiet") if told else None


def _links(standing: Standing) -> list[Any]:
    source = standing.source
    pause = "resume" if standing.pause else "pause"
    return [
        html.A(f"Run {topic(source.topic).title} now …", href=f"/act/run/{source.topic}"),
        html.A("Dry run: what would change …", href=f"/act/dry-run/{source.topic}"),
        html.A("Back-fill a range …", href=f"/act/back-fill/{source.id}"),
        html.A("Resume it …" if standing.pause else "Pause it …", href=f"/act/{pause}/{source.id}"),
        html.A("Withdraw sealed or expunged records …", href=f"/act/withdraw-records/{source.topic}"),
        html.A("Releases: roll back, take back …", href=f"/topic/{source.topic}"),
    ]


def _map(visit: Visit, source: Source) -> list[Any]:
    fields = [
        text_field("old", "Column or code as the feed now has it, or had it", required=True,
                   help="A column that the declaration names and that got another name, or a code that is in no list."),
        text_field("new", "What it is", required=True,
                   help="The column's new name; or the group the code belongs to; or FIELD.VALUE of another field."),
    ]  # fmt: skip
    told = form(f"/map/{source.id}", visit.session.token, [*fields, submit("Show the change", strong=False)])
    return [html.Details([html.Summary("Map a renamed column or a new code"), told])]
