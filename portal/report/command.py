"""`python -m portal render`: writes the reports of the current releases ahead, so that nobody waits for them."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import ValidationError

from portal.errors import NotMade
from portal.language import offered, speaking
from portal.releases import Releases
from portal.report.asked import Pins, Place, Question, ask, places
from portal.report.build import make_report
from portal.report.press import FORMS, Wanted, made_path, make_file
from portal.settings import REPORTS, PortalSettings

EXIT_WRONG, EXIT_STORAGE = 2, 16
Say = Callable[[str], None]


class CannotRender(Exception):
    """No report can be written. `code` is the exit code; `str()` says what happened and what to do."""

    def __init__(self, message: str, code: int = EXIT_WRONG) -> None:
        super().__init__(message)
        self.code = code


def render(arguments: Sequence[str], say: Say) -> None:
    """Write the files that are not there yet; one line for each. Raises CannotRender."""
    options = _parser().parse_args(arguments)
    try:
        settings = PortalSettings(store=options.store, base_url=options.base_url)
    except ValidationError as error:
        said = "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors())
        raise CannotRender(said) from None
    releases = Releases(settings.store, lambda: datetime.now(UTC))
    questions = _questions(Pins.of(releases), options)
    folder = options.out or settings.reports_folder
    try:
        _write(questions, folder, options.lang or offered(), settings.base_url or "", say)
    except NotMade as error:
        words = f"{error} Install Pango (Debian and Ubuntu: libpangoft2-1.0-0, libharfbuzz-subset0)."
        raise CannotRender(words) from error
    except OSError as error:
        raise CannotRender(f"the reports could not be written: {error.strerror}", EXIT_STORAGE) from error


def _questions(pins: Pins | None, options: argparse.Namespace) -> list[Question]:
    if pins is None:
        raise CannotRender("nothing is published yet: run the ETL first")
    wanted = _places(pins, options)
    if not wanted:
        raise CannotRender("there is no such district; the addresses of the district pages end with the ids")
    asked = [ask(pins, None if place.whole else place.unit, options.month) for place in wanted]
    found = [each for each in asked if each is not None]
    if not found:
        raise CannotRender(f"no report of that month can be made; the newest month is {_newest(pins)}")
    return found


def _write(questions: Iterable[Question], folder: Path, languages: Iterable[str], base: str, say: Say) -> None:
    for question in questions:
        for language in languages:
            with speaking(language):
                report = make_report(question, base=base)
                for form in FORMS:
                    path = made_path(folder, Wanted(question.pins.name, report.file, form))
                    if path.exists():
                        say(f"there already: {path}")
                        continue
                    _put(path, make_file(report, form))
                    say(f"written: {path}")


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all: the portal may be reading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


def _places(pins: Pins, options: argparse.Namespace) -> list[Place]:
    known = places(pins)
    if options.city:
        return [each for each in known if each.whole]
    if options.district:
        return [each for each in known if not each.whole and each.unit in options.district]
    return list(known)


def _newest(pins: Pins) -> str:
    months = pins.months()
    return f"{months[0]:%Y-%m}" if months else "not told yet"


def _month(text: str) -> date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("write the month as 2026-09")
    return date.fromisoformat(f"{text}-01")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portal render",
        description="Write the monthly council reports of the current releases: PDF and XLSX, per district and city.",
    )
    parser.add_argument("--store", type=Path, required=True, help="the public folder that the ETL publishes to")
    parser.add_argument("--out", type=Path, help=f"where to write (default: the folder {REPORTS} beside the store)")
    parser.add_argument("--month", type=_month, help="which month, such as 2026-09 (default: the newest)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--district", action="append", help="the id of a district; may be given again")
    where.add_argument("--city", action="store_true", help="the city as a whole only")
    where.add_argument("--all", action="store_true", help="the city and every district (default)")
    parser.add_argument("--lang", action="append", choices=list(offered()), help="which language (default: all)")
    parser.add_argument("--base-url", help="public address of the portal, printed on the reports")
    return parser
