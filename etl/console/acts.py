"""What a person may have done from the console, each act a value: what it is about, what it says, what it does."""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from secrets import token_hex
from typing import Literal

from etl.city import Source, load_city
from etl.commands.report import roll_back
from etl.commands.takeback import withdraw_records
from etl.commands.wrongrelease import take_back_release
from etl.console.changes import Change, changed
from etl.console.desk import Desk
from etl.console.jobs import Job, locked
from etl.context import Context
from etl.drift.decide import approve, reject
from etl.drift.mapping import proposed, write
from etl.errors import DeclarationError, EtlError
from etl.pipeline import STATUS, run_topics
from etl.progress import Progress
from etl.state import Cause, pause, resume
from etl.vault import Vault
from layers.policy import Tier

About = Literal["source", "topic"]


@dataclass(frozen=True)
class Asked:
    """An act as somebody asked for it: about which source or topic, why, and what else the form said."""

    who: str
    about: str
    reason: str
    said: Mapping[str, str] = field(default_factory=dict)
    file: bytes | None = field(default=None, repr=False)

    @property
    def tier(self) -> str:
        """The tier that was chosen, or of which the chosen release is."""
        of = self.said.get("release", "").rpartition("/")[0]
        return Tier.PARTNER if Tier.PARTNER in (self.said.get("tier"), of) else Tier.PUBLIC

    @property
    def release(self) -> str:
        """The release that was chosen, without its tier; empty where none was asked for."""
        return self.said.get("release", "").rpartition("/")[2]


Do = Callable[[Desk, Job, Progress, Asked], list[str]]


@dataclass(frozen=True)
class Kind:
    """A kind of act. `explains` is what the page says before it is confirmed; `asks` are further fields of the form."""

    name: str
    title: str
    about: About
    button: str
    explains: tuple[str, ...]
    do: Do
    asks: tuple[str, ...] = ()


def _approve(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress) as context, locked(context, job):
        held = approve(context, asked.about, by=asked.who, reason=asked.reason, fingerprint=asked.said["fingerprint"])
        return [f"{held.source} is approved: this feed is the new normal.", f"Run {held.topic} again to publish it."]


def _reject(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress) as context, locked(context, job):
        held = reject(context, asked.about, by=asked.who, reason=asked.reason, fingerprint=asked.said["fingerprint"])
        return [f"{held.source} is rejected: these bytes are refused until another feed comes."]


def _map(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress) as context, locked(context, job):
        city = load_city(context.city.folder, check_files=False)
        mapping = proposed(city, asked.about, asked.said["old"], asked.said["new"])
        if mapping.diff != asked.said["diff"].replace("\r\n", "\n"):
            raise DeclarationError.of(
                f"sources/{asked.about}.toml", "", "is not as it was shown to you.", "Look at the change again."
            )
        write(context, mapping, by=asked.who, reason=asked.reason)
        topic = city.source(asked.about).topic
        return ["The declaration is changed.", f"Run {topic} again to read the feed that way."]


def _run(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress, asked.tier) as context, locked(context, job):
        return _ran(context, asked, Cause("person", by=asked.who))


def _dry_run(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    found: list[Change] = []
    with desk.context(progress, asked.tier) as context, locked(context, job):
        outcomes = run_topics(
            context,
            [asked.about],
            dry=True,
            causes={asked.about: Cause("person", by=asked.who)},
            show=lambda draft: found.append(changed(draft, context.store, context.tier)),
        )
    _raise_first(outcome.error for outcome in outcomes)
    job.shown = found[0] if found else None
    return ["Nothing was published.", *([] if found else ["There is nothing of it to publish."])]


def _back_fill(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress) as context, locked(context, job):
        source = context.city.source(asked.about)
        lines = _forget_since(context, source, asked.said.get("since", ""))
        ran = _ran(context, replace(asked, about=source.topic), Cause("back-fill", by=asked.who))
        return [*ran[:1], *lines, *ran[1:]]


def _forget_since(context: Context, source: Source, since: str) -> list[str]:
    """Have the next fetch ask for everything since a day, or for the whole feed."""
    vault = Vault(context.folders.private, source.topic, source.id, tier=context.tier)
    if source.refresh.mode != "changes" or not vault.exists:
        return ["The whole feed was read, as it is each time."]
    if not since:
        vault.note(replace(vault.marks, watermark=None, whole_on=None))
        return ["The whole feed was asked for."]
    try:
        day = date.fromisoformat(since)
    except ValueError:
        raise DeclarationError.of("form", "since", "is no day.", "Choose a day, or leave it empty.") from None
    before = vault.marks.watermark
    if before is not None and before[4:5] == "-" and before[:10] > day.isoformat():
        vault.note(replace(vault.marks, watermark=day.isoformat() + _rest(before)))
        return [f"What changed since {day:%d %b %Y} was asked for."]
    vault.note(replace(vault.marks, watermark=None, whole_on=None))
    return ["This source does not count by days: the whole feed was asked for."]


def _rest(watermark: str) -> str:
    """What follows the day, set to the day's beginning: `T00:00:00Z` as the source itself writes it."""
    return "".join("0" if letter.isdigit() else letter for letter in watermark[10:])


def _pause(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    _known(desk, asked.about)
    done = pause(desk.engine, asked.about, desk.clock(), by=asked.who, reason=asked.reason)
    return [f"{asked.about} is paused: the schedule leaves its times out." if done else "It was paused already."]


def _resume(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    _known(desk, asked.about)
    done = resume(desk.engine, asked.about)
    return [f"{asked.about} goes on with its next declared time." if done else "It was not paused."]


def _roll_back(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress, asked.tier) as context, locked(context, job):
        return roll_back(context, asked.about, asked.release)


def _withdraw_release(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress, asked.tier) as context, locked(context, job):
        return take_back_release(context, asked.about, asked.release, reason=asked.reason, as_json=False)


def _withdraw_records(desk: Desk, job: Job, progress: Progress, asked: Asked) -> list[str]:
    with desk.context(progress) as context, locked(context, job):
        place = context.folders.private / "scratch" / token_hex(8)
        place.mkdir(parents=True, mode=0o700)
        try:
            return withdraw_records(context, asked.about, _kept(place, asked), reason=asked.reason, as_json=False)
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _kept(place: Path, asked: Asked) -> Path:
    """The list as a private file, for as long as it is worked on."""
    path = place / "list"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(asked.file or b"")
    return path


def _ran(context: Context, asked: Asked, cause: Cause) -> list[str]:
    outcomes = run_topics(context, [asked.about], causes={asked.about: cause})
    _raise_first(outcome.error for outcome in outcomes)
    releases = [outcome.release for outcome in outcomes if outcome.topic != STATUS and outcome.release]
    return [f"{asked.about}: {releases[0]} is published." if releases else f"{asked.about}: nothing to publish."]


def _raise_first(errors: Iterable[EtlError | None]) -> None:
    for error in errors:
        if error is not None:
            raise error


def _known(desk: Desk, source: str) -> None:
    if source not in {each.id for each in desk.city().sources}:
        raise DeclarationError.of("form", "source", f"{source} is no source of this city.", "Go back to the overview.")


KINDS: tuple[Kind, ...] = (
    Kind(
        "approve", "Approve the held feed", "source", "Approve",
        (("Exactly this feed, with the differences below, becomes the new normal. The next run takes it and compares "
         "what comes later with it. It is no pass for whatever comes next."),),
        _approve, ("fingerprint",),
    ),
    Kind(
        "reject", "Reject the held feed", "source", "Reject",
        (("Exactly these bytes are refused whenever they come again, until another feed comes. The last release "
         "stays up."),),
        _reject, ("fingerprint",),
    ),
    Kind(
        "map", "Map a column or code", "source", "Write the mapping",
        ("The declaration is changed as shown, and nothing else in it. Then run the topic again.",),
        _map, ("old", "new", "diff"),
    ),
    Kind(
        "run", "Run now", "topic", "Run",
        (("The feeds are read, and a new release is published if every gate is passed. Closed periods of protected "
         "topics that are not measured yet are measured, once and for ever."),),
        _run, ("tier",),
    ),
    Kind(
        "dry-run", "Dry run", "topic", "Start the dry run",
        ("The feeds are read as in a run, and compared with what is published. Nothing is measured or published.",),
        _dry_run, ("tier",),
    ),
    Kind(
        "back-fill", "Back-fill", "source", "Back-fill",
        (("The source is asked again for everything that changed since a day, up to now, and its topic is run. A "
         "record that is there already changes nothing. A source that is read whole each time is read whole."),
         "Periods of protected topics that are measured stay as they are."),
        _back_fill, ("since",),
    ),
    Kind(
        "pause", "Pause the source", "source", "Pause",
        (("The schedule leaves out its declared times until you resume it; what waits for another attempt is dropped. "
         "A run by hand, or for another source of the topic, still reads it."),),
        _pause,
    ),
    Kind("resume", "Resume the source", "source", "Resume", ("The next declared time counts again.",), _resume),
    Kind(
        "roll-back", "Roll back to an earlier release", "topic", "Roll back",
        (("The earlier release is shown again. Nothing is deleted, and the next run publishes forward again: pause the "
         "source if it must not."),),
        _roll_back, ("release", "tier"),
    ),
    Kind(
        "withdraw-release", "Take a release back", "topic", "Take it back",
        (("The release is removed from the store; its address says so, with the reason that you give. The reason is "
         "published. Copies that people have taken cannot be called back."),),
        _withdraw_release, ("release", "tier"),
    ),
    Kind(
        "withdraw-records", "Withdraw sealed or expunged records", "topic", "Withdraw the records",
        (("The listed records leave the vault and every later run. What is measured of protected topics stays as it "
         "is. The list is kept only while it is worked on: destroy your own copy afterwards."),),
        _withdraw_records, ("file",),
    ),
)  # fmt: skip


def kind_of(name: str) -> Kind | None:
    """The kind of act of that name."""
    return next((kind for kind in KINDS if kind.name == name), None)
