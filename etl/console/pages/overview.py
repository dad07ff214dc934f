"""Every source: in order, late or held, and why."""

from typing import Any

from dash import html

from etl.city import City
from etl.console.desk import Desk
from etl.console.jobs import Job, Worker
from etl.console.parts import badge, facts, moment, note, partner_facts
from etl.console.record import DONE, FAILED
from etl.console.sources import HELD, ORDER, WORDS, Standing, standings
from etl.console.visit import Shown, Visit
from etl.schedule.lease import holder

SHOWN_JOBS = 3


def overview(visit: Visit) -> Shown:
    """The page; all of it is live."""
    return Shown("Sources", None)


def live_content(desk: Desk, worker: Worker, path: str) -> Any:
    """What is kept up to date on the page at a path: how sources are doing, and what is under way."""
    if path == "/":
        city = desk.city()
        return [*under_way(worker), _scheduler(desk), html.Ul(_cards(desk, city), className="cards")]
    if path.startswith("/job/") and path[5:].isdigit():
        job = worker.job(int(path[5:]))
        return job_state(job) if job is not None else []
    return under_way(worker)


def under_way(worker: Worker) -> list[Any]:
    """The acts that have not ended, for the top of every page."""
    running = [job for job in worker.jobs() if not job.over][:SHOWN_JOBS]
    lines = [html.P([html.A(job.title, href=f"/job/{job.id}"), f": {job.step or job.state}"]) for job in running]
    return [html.Div(lines, role="status", className="jobs")]


def job_state(job: Job) -> list[Any]:
    """How far an act is, or how it ended."""
    word, picture, state = {
        DONE: ("Done", "check", "good"),
        FAILED: ("Not done", "caution", "failed"),
    }.get(job.state, ("Under way", "clock", "new"))
    lines = [html.Li(line) for line in job.lines]
    step = [html.P(job.step, className="quiet")] if job.step else []
    more = [html.P(html.A("Show what was found", href=f"/job/{job.id}"))] if job.over and job.shown is not None else []
    return [html.Div([html.P(badge(state, word, picture)), *step, html.Ul(lines), *more], role="status")]


def _scheduler(desk: Desk) -> Any:
    if holder(desk.engine) is not None:
        return html.P([badge("good", "The schedule runs", "check")])
    return note("caution", html.P("No schedule is running: nothing runs by itself."))


def _cards(desk: Desk, city: City) -> list[Any]:
    found = sorted(standings(desk, city), key=lambda each: (ORDER.index(each.worst), each.source.id))
    return [html.Li(_card(each, city), className=f"card is-{each.worst}", key=each.source.id) for each in found]


def _card(standing: Standing, city: City) -> list[Any]:
    source, (word, picture) = standing.source, WORDS[standing.state]
    reason = [html.P(standing.reason, className="reason")] if standing.reason else []
    decide = [html.P(html.A("Look at it and decide", href=f"/source/{source.id}#held", className="button strong"))]
    return [
        html.H2(html.A(source.title, href=f"/source/{source.id}")),
        html.P([badge(standing.state, word, picture), html.Span(f" {source.id}", className="quiet")]),
        *reason,
        *(decide if standing.state == HELD and standing.held else []),
        facts(
            [
                ("Last good run", moment(standing.last_good, city.time_zone)),
                ("Next run", moment(standing.next_run, city.zone_of(source), none="not scheduled")),
                ("Release in force", standing.release or "none"),
                *partner_facts(standing, city.time_zone),
            ]
        ),
    ]
