"""The record: acts of the console, decisions about feeds, withdrawals of records and releases, second measurements."""

import json
from collections.abc import Iterator
from typing import Any

from dash import html

from etl.console.acts import kind_of
from etl.console.parts import moment, table
from etl.console.record import Acts
from etl.console.visit import Shown, Visit
from etl.release.editions import approvals_of
from etl.state import Feeds
from etl.takenback.withdrawn import FOLDER
from layers.policy import PROTECTED_TOPICS, Tier


def log_page(visit: Visit) -> Shown:
    """All of it, newest first."""
    body = [
        html.P("Who did what, when and why. Rows are only ever added: the database refuses to change one."),
        html.H2("Acts of this console"),
        table("Acts, newest first", ("When", "Who", "Act", "About", "Why", "Outcome"), _acts(visit)),
        html.H2("Corrections"),
        table("Decisions about feeds", ("When", "Who", "Decision", "Source", "Why"), _decisions(visit)),
        table("Withdrawn records", ("When", "Topic", "Why", "Listed", "In the vault"), _withdrawals(visit)),
        table("Withdrawn releases", ("When", "Release", "Why"), _tombstones(visit)),
        table("Second measurements", ("When", "Who", "What", "Why", "State"), _editions(visit)),
    ]
    return Shown("Record", body)


def _acts(visit: Visit) -> list[list[Any]]:
    return [
        [
            moment(act.at, visit.zone), act.who, _title(act.act), act.about, act.reason,
            f"{act.outcome}{': ' + act.detail if act.detail else ''}",
        ]
        for act in Acts(visit.desk.engine).newest()
    ]  # fmt: skip


def _title(act: str) -> str:
    kind = kind_of(act)
    return kind.title if kind else act


def _decisions(visit: Visit) -> list[list[Any]]:
    found = reversed(Feeds(visit.desk.engine).decisions())
    return [[moment(d.at, visit.zone), d.by, f"{d.act} {d.detail}".strip(), d.source, d.reason] for d in found]


def _withdrawals(visit: Visit) -> list[list[Any]]:
    notes = sorted(_notes(visit), key=lambda told: str(told.get("on")), reverse=True)
    return [[n["on"], n["topic"], n["reason"], n.get("listed", ""), n.get("events_removed", "")] for n in notes]


def _notes(visit: Visit) -> Iterator[dict[str, Any]]:
    for path in (visit.desk.folders.private / FOLDER).glob("*/*.json"):
        told = json.loads(path.read_bytes())
        if isinstance(told, dict) and {"on", "topic", "reason"} <= told.keys():
            yield told


def _tombstones(visit: Visit) -> list[list[Any]]:
    rows = []
    for tier in Tier:
        store = visit.desk.store(tier)
        for name in dict.fromkeys(source.topic for source in visit.city.sources):
            rows += [[f"{t.withdrawn_on:%d %b %Y}", f"{name} {t.release} ({tier})", t.reason]
                     for t in store.withdrawals(name)]  # fmt: skip
    return rows


def _editions(visit: Visit) -> list[list[Any]]:
    rows = []
    for tier in Tier if visit.city.partner else (Tier.PUBLIC,):
        with visit.desk.context(tier=tier) as context:
            for name in PROTECTED_TOPICS:
                for approval, measured in approvals_of(context, name):
                    key = approval.key
                    what = f"{key.topic} ({key.tier}) {key.table} {key.period}, edition {key.edition}"
                    state = "measured" if measured else "waits for the next run"
                    on = f"{approval.booked_on:%d %b %Y}"
                    rows.append([on, approval.booked_by, what, approval.reason, state])
    return rows
