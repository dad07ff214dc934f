"""What a person is told of the schedule: what runs when, who leads, what waits, what is held, which alerts last."""

import json
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from etl.alerts import lasting, waiting_messages
from etl.city import City
from etl.schedule.lease import holder
from etl.schedule.occasions import unfinished
from etl.schedule.plan import tiers_of, upcoming
from etl.state import Holds


def plan_lines(city: City, now: datetime, *, as_json: bool, key: str = "source") -> Iterator[str]:
    """When each source runs next, soonest first; `key` is what a machine reads its id under."""
    for one in upcoming(city, now):
        source = city.source(one.source)
        local = one.moment.astimezone(city.zone_of(source))
        tiers = list(tiers_of(city, source.topic, now))
        if as_json:
            told = {key: one.source, "of": source.topic, "cron": source.cron, "tiers": tiers}
            yield json.dumps({**told, "next": one.moment.isoformat()})
        else:
            what = f"{source.topic}, {' and '.join(tiers)}"
            yield f"{one.source}: next on {local:%a %d %b %Y at %H:%M %Z} ({what}; {source.cron})"


def state_lines(engine: sa.Engine, city: City, *, as_json: bool) -> Iterator[str]:
    """Who leads, what waits or runs, open holds, and alerts that last."""
    held = holder(engine)
    if as_json:
        yield json.dumps({"lease": None if held is None else {"owner": held.owner, "left": round(held.left, 1)}})
    else:
        yield f"scheduler: {held.owner}" if held else "scheduler: none is running"
    for one in unfinished(engine):
        told = {"source": one.source, "tier": one.tier, "state": one.state, "attempt": one.attempt}
        at = one.try_at.astimezone(city.time_zone)
        said = f"{one.source} ({one.tier}): {one.state}, attempt {one.attempt} at {at:%d %b %H:%M}"
        yield json.dumps({"occasion": told | {"at": one.try_at.isoformat()}}) if as_json else said
    for hold in Holds(engine).open():
        told = {"of": hold.topic, "tier": hold.tier, "exit": hold.exit_code}
        since = hold.began.astimezone(city.time_zone)
        said = f"hold: {hold.topic} ({hold.tier}) since {since:%d %b %Y %H:%M}, exit {hold.exit_code}"
        yield json.dumps({"hold": told | {"began": hold.began.isoformat()}}) if as_json else said
    for alert in lasting(engine):
        told = {"of": alert.topic, "tier": alert.tier, "kind": alert.kind, "exit": alert.exit_code}
        since = alert.began.astimezone(city.time_zone)
        said = f"alert: {alert.topic} ({alert.tier}) {alert.kind} since {since:%d %b %Y %H:%M}"
        yield json.dumps({"alert": told | {"began": alert.began.isoformat()}}) if as_json else said
    if unsent := waiting_messages(engine):
        yield json.dumps({"alerts_unsent": unsent}) if as_json else f"messages not sent yet: {unsent}"
