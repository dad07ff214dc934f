"""The demonstration city as three live agencies feed it: a portal, a court's file with a list of sealed cases, and a
utility's file in which what is missing is taken back."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from etl.demo import write_demo_city
from tests.machinery.small_city import declare
from tests.year.agencies import HOUSEHOLDS, SEED
from tests.year.sending import DATASET, DELETIONS

DEVELOPMENTS = "feeds/housing/affordable_developments.geojson"
CSV = 'kind = "csv"\npath = "feeds/{name}.csv"\n'
SOCRATA = f"""kind = "socrata"
url = "{{url}}"
dataset = "{DATASET}"
deletions = {{{{ dataset = "{DELETIONS}", column = "sr_number" }}}}
tries = 1
per_second = 100

[refresh]
mode = "changes"
overlap_days = 3
"""
SEALED = """
[withdrawals]
column = "docket"
connector = { kind = "csv", path = "feeds/sealed.csv" }
"""
LIMITS = "[limits]\nmax_reject_share = 0.3\nmin_located_share = 0.5\n"


@dataclass(frozen=True)
class Plan:
    """How long the feeds go back (months before November 2026), when each source is read, and until when partners
    have signed. A source without a time is not declared at all."""

    months: int
    crons: Mapping[str, str]
    agreed_until: date


def draw_city(folder: Path, plan: Plan) -> Path:
    """The demonstration city as it is drawn."""
    write_demo_city(folder, seed=SEED, households=HOUSEHOLDS, months=plan.months)
    return folder


def write_city(folder: Path, plan: Plan, drawn: Path, *, portal: str | None = None) -> Path:
    """The city folder. With the address of a portal feeds come as agencies send them, else as plain whole files."""
    shutil.copytree(drawn, folder)
    requests = CSV.format(name="requests_311") if portal is None else SOCRATA.format(url=portal)
    court = CSV.format(name="court") + (SEALED if portal else "")
    utility = CSV.format(name="utility") + ('[refresh]\nmissing = "withdrawn"\n' if portal else "")
    for name, connector in (("requests_311", requests), ("court", court), ("utility", utility)):
        if name in plan.crons:
            _connect(folder / f"sources/{name}.toml", connector, plan.crons[name], snake=name == "requests_311")
        else:
            (folder / f"sources/{name}.toml").unlink()
    for path in folder.glob("sources/center_*.toml"):
        path.unlink()
    if "requests_311" not in plan.crons:
        declare(folder / "city.toml", lambda text: re.sub(r"\[\[(agencies|targets)\]\]\n(.+\n)+", "", text))
    declare(folder / "city.toml", lambda text: re.sub(r"as_of = .*\n", "", text))
    declare(folder / "city.toml", lambda text: re.sub(r"expires = .*", f"expires = {plan.agreed_until}", text))
    return folder


def _connect(path: Path, connector: str, cron: str, *, snake: bool) -> None:
    text = re.sub(r"\[connector\]\n(.+\n)+", lambda _: "[connector]\n" + connector, path.read_text())
    text = re.sub(r'cron = ".*"', f'cron = "{cron}"', text)
    text = re.sub(r", to = [\d-]+ }", " }", text)
    text = re.sub(r"\[limits\]\n(.+\n)+", LIMITS, text)
    if snake:
        text = re.sub(r'column = "(.*?)"', lambda said: f'column = "{said[1].lower().replace(" ", "_")}"', text)
    path.write_text(text)
