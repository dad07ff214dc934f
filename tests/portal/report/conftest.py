"""One report of the made-up store, and its PDF: made once."""

from datetime import date

import pytest

from portal.language import speaking
from portal.releases import Releases
from portal.report.asked import Pins, Question, ask
from portal.report.build import make_report
from portal.report.model import Report
from portal.report.paper import paper_html
from portal.report.pdf import pdf_bytes
from tests.portal.report.read_back import paper_text

DISTRICT, MONTH = "2", date(2026, 9, 1)
BASE = "https://figures.madeville.example"


@pytest.fixture(scope="session")
def question(releases: Releases) -> Question:
    pins = Pins.of(releases)
    assert pins is not None
    found = ask(pins, DISTRICT, MONTH)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def report(question: Question, releases: Releases) -> Report:
    with speaking("en"):
        return make_report(question, base=BASE)


@pytest.fixture(scope="session")
def pdf(report: Report) -> bytes:
    with speaking("en"):
        return pdf_bytes(paper_html(report))


@pytest.fixture(scope="session")
def paper(pdf: bytes) -> str:
    """All words of the PDF, without blanks."""
    return paper_text(pdf)
