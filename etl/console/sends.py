"""What happens when a form is sent: the act goes on record and into the queue, and the browser to its page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from etl.city import load_city
from etl.commands.given import said as given
from etl.console.acts import Asked, kind_of
from etl.console.drafts import Draft
from etl.console.jobs import Job
from etl.console.kinds import declared, kinds
from etl.console.newsource import check, toml_of, write
from etl.console.pages.act import mapping_page
from etl.console.pages.add import CONNECTOR, draft_page, kind_page
from etl.console.parts import CHECK
from etl.console.preview import preview
from etl.console.visit import NotThere, Shown, Visit
from etl.drift.mapping import proposed
from etl.errors import DeclarationError
from etl.progress import Progress
from layers.policy import PROTECTED_TOPICS
from layers.topics import TOPICS

AT_ONCE = 2.0
"""Seconds that a form waits for its act, so that a short one is done when its page opens."""
_ANNOUNCED = ("since", "release", "tier")


@dataclass(frozen=True)
class Asking:
    """What the form said, without its token."""

    said: Mapping[str, str]
    file: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the browser goes."""

    to: str


def send_act(visit: Visit, asking: Asking) -> Sent:
    """An act is confirmed. Raises NotThere and DeclarationError."""
    kind, about = kind_of(visit.names["kind"]), visit.names["id"]
    if kind is None or about not in _known(visit, kind.about):
        raise NotThere
    reason = _confirmed(asking)
    missing = [name for name in kind.asks if name not in asking.said and name not in ("file", "tier", "since")]
    if missing or ("file" in kind.asks and not asking.file):
        raise _wrong(missing[0] if missing else "file", "is missing.", "Go back and fill it in.")
    asked = Asked(visit.session.user, about, reason, asking.said, asking.file)
    told = " ".join([about, *(asking.said[name] for name in _ANNOUNCED if asking.said.get(name))])
    do, desk = kind.do, visit.desk

    def work(job: Job, progress: Progress) -> list[str]:
        return do(desk, job, progress, asked)

    job = visit.worker.ask(visit.session.user, kind.name, told, reason, f"{kind.title}: {told}", work)
    visit.worker.wait(job, AT_ONCE)
    return Sent(f"/job/{job.id}")


def send_mapping(visit: Visit, asking: Asking) -> Shown:
    """Somebody asks what a mapping would change; nothing is written."""
    if visit.names["id"] not in _known(visit, "source"):
        raise NotThere
    old, new = asking.said.get("old", ""), asking.said.get("new", "")
    mapping = proposed(load_city(visit.city.folder, check_files=False), visit.names["id"], old, new)
    return mapping_page(visit, old=old, new=new, diff=mapping.diff)


def send_kind(visit: Visit, asking: Asking) -> Sent | Shown:
    """The first form of a new source: the preview is made."""
    kind, said = visit.names["id"], asking.said
    if kind not in kinds() or said.get("topic") not in {each.name for each in TOPICS}:
        raise NotThere
    reason = given("reason", said.get("reason"))
    connector, problems = declared(kind, _connector(said))
    if problems:
        return kind_page(visit, said, problems)
    draft = visit.drafts.new(visit.session.user, kind, said)
    protected = said["topic"] in PROTECTED_TOPICS
    values = not protected or said.get("values") == "yes"
    desk = visit.desk

    def work(job: Job, progress: Progress) -> list[str]:
        draft.preview = preview(desk, connector, progress, values=values)
        return [f"{len(draft.preview.columns)} columns were looked at{', with first rows' if values else ''}."]

    act = "preview with values" if values else "preview"
    job = visit.worker.ask(visit.session.user, act, said.get("id", ""), reason, f"Preview of a {kind} feed", work)
    draft.job = job.id
    visit.worker.wait(job, AT_ONCE)
    return Sent(f"/draft/{draft.id}")


def send_draft(visit: Visit, asking: Asking) -> Sent | Shown:
    """The second form of a new source: it is checked, and written where that is asked for."""
    draft = visit.drafts.of(visit.session.user, visit.names["id"])
    if draft is None:
        raise NotThere
    before = draft.toml
    draft.said |= asking.said
    _check(visit, draft)
    if asking.said.get("step") != "write" or draft.problems:
        return draft_page(visit, draft)
    if draft.toml != before:
        draft.problems = ("The declaration is not as it was shown to you: look at it again.",)
        return draft_page(visit, draft)
    return _write(visit, draft, _confirmed(asking))


def _check(visit: Visit, draft: Draft) -> None:
    try:
        connector, problems = declared(draft.kind, _connector(draft.said))
        draft.problems = problems
        if not problems:
            draft.toml = toml_of(connector, draft.said)
            check(visit.city.folder, draft.said.get("id", ""), draft.toml)
    except DeclarationError as error:
        draft.problems = tuple(str(problem) for problem in error.problems)


def _write(visit: Visit, draft: Draft, reason: str) -> Sent:
    name, text, folder = draft.said["id"], draft.toml, visit.city.folder

    def work(job: Job, progress: Progress) -> list[str]:
        write(folder, name, text)
        return [f"sources/{name}.toml is written. Run its topic, or wait for the schedule."]

    job = visit.worker.ask(visit.session.user, "add source", name, reason, f"Add a source: {name}", work)
    visit.worker.wait(job, AT_ONCE)
    visit.drafts.drop(draft)
    return Sent(f"/job/{job.id}")


def _connector(said: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(CONNECTOR): value for name, value in said.items() if name.startswith(CONNECTOR)}


def _confirmed(asking: Asking) -> str:
    """The reason. Raises DeclarationError where there is none, or the box was not ticked."""
    if asking.said.get(CHECK) != "yes":
        raise _wrong(CHECK, "was not ticked.", "Go back, read what the act does, and tick the box.")
    return given("reason", asking.said.get("reason"))


def _known(visit: Visit, about: str) -> set[str]:
    return {each.id if about == "source" else each.topic for each in visit.city.sources}


def _wrong(key: str, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("form", key, what, remedy)
