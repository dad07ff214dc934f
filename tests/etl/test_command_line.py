"""Every command of the private program: exit codes, what it prints for readers and for machines, what it refuses."""

import ctypes
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from etl.cli import command_names
from etl.errors import EXPLANATIONS
from etl.folders import Folders
from tests.machinery.small_city import (
    ROOT,
    TOPICS,
    command,
    current,
    declare,
    etl,
    etl_process,
    files_of,
    status_of,
    write_small_city,
)

PLAIN_LINE = re.compile(r"^\d\d:\d\d:\d\d [a-z0-9_]+( · [a-z]+(: .+)?|: .+)$")
TERMINAL_CODES = "\x1b"
A_FILE_OF_60_KB = 60_000
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city folder with sound feeds. Shared: read only."""
    return write_small_city(tmp_path_factory.mktemp("command-line") / "city")


@pytest.fixture(scope="module")
def first_run(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `--var` named in a run of everything, made by a process of its own. Shared: read only."""
    var = tmp_path_factory.mktemp("first-run") / "var"
    ended = etl_process("run", city, "--var", var)
    assert ended.code == 0, ended.said
    (var / "said").write_text(ended.said, "utf-8")
    return var


@pytest.fixture
def var(first_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first_run, tmp_path / "var"))


@pytest.fixture
def changed(city: Path, tmp_path: Path) -> Path:
    """The city with another title for its developments: a run must publish them anew."""
    folder = Path(shutil.copytree(city, tmp_path / "city"))
    declare(folder / "sources/developments.toml", lambda text: text.replace("Affordable housing dev", "Low-cost dev"))
    return folder


# ---------------------------------------------------------------- demo, init, check, explain


def test_demo_writes_a_city_and_says_what_comes_next(tmp_path: Path) -> None:
    ended = etl("demo", tmp_path / "city", "--households", "1000", "--months", "1", "--seed", "5")
    assert (ended.code, ended.err) == (0, "")
    assert "python -m etl run" in ended.out
    assert (tmp_path / "city/city.toml").exists()


def test_demo_tells_machines_in_json(tmp_path: Path) -> None:
    ended = etl("demo", tmp_path / "city", "--households", "1000", "--months", "1", "--json")
    assert ended.code == 0
    assert ended.objects


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--households", "5"], "--households: 5 households make no city. Ask for at least 1,000."),
        (["--months", "0"], "--months: 0 months are out of range. Ask for 1 to 120."),
    ],
)
def test_demo_refuses_what_makes_no_city(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    ended = etl("demo", tmp_path / "city", *arguments)
    assert ended.code == 2
    assert sentence in ended.err
    assert not (tmp_path / "city").exists()


def test_demo_never_overwrites_a_real_city(tmp_path: Path) -> None:
    etl("init", tmp_path / "city")
    ended = etl("demo", tmp_path / "city")
    assert ended.code == 2
    assert "Name another folder." in ended.err


def test_init_writes_a_folder_that_check_explains(tmp_path: Path) -> None:
    written = etl("init", tmp_path / "new")
    assert written.code == 0
    assert "python -m etl check" in written.out

    checked = etl("check", tmp_path / "new", "--var", tmp_path / "var")

    assert checked.code == 2
    for place in ("city.toml, areas[1].path", "sources/requests_311.toml, connector.path", "no file matches"):
        assert place in checked.err
    assert etl("init", tmp_path / "new").code == 2, "it does not overwrite"


def test_check_profiles_every_source_and_publishes_nothing(city: Path, tmp_path: Path) -> None:
    ended = etl("check", city, "--var", tmp_path / "var", "--json")

    assert ended.code == 0
    profiles = {told["source"]: told for told in ended.objects if "rejects" in told}
    assert set(profiles) == {"addresses", "court", "developments", "needs_211", "requests_311", "utility"}
    assert profiles["court"]["rejects"]["duplicate"]
    assert not any((tmp_path / "var/public").iterdir())


def test_check_of_a_broken_source_has_its_exit_code(changed: Path, tmp_path: Path) -> None:
    (changed / "feeds/311/requests_2026.csv").write_text("<html>")

    ended = etl("check", changed, "requests_311", "--var", tmp_path / "var", "--json")

    assert ended.code == 10
    (told,) = [told for told in ended.objects if "error" in told]
    assert (told["source"], told["exit"]) == ("requests_311", 10)


@pytest.mark.parametrize("entry", EXPLANATIONS, ids=lambda entry: entry.code)
def test_explain_knows_every_code(entry: object) -> None:
    ended = etl("explain", entry.code)
    assert ended.code == 0
    assert ended.out.count("\n") == 1


def test_explain_refuses_an_unknown_code() -> None:
    ended = etl("explain", "99")
    assert ended.code == 2
    assert "docs/commands.md" in ended.err


# ---------------------------------------------------------------- run


def test_a_run_tells_plain_lines_without_a_terminal(first_run: Path) -> None:
    said = (first_run / "said").read_text("utf-8")
    assert TERMINAL_CODES not in said
    assert [line for line in said.splitlines() if not PLAIN_LINE.match(line)] == []
    for step in ("ingest", "validate", "locate", "count", "protect"):
        assert f"service_requests · {step}" in said
    assert {topic for topic in TOPICS if f"{topic}: published: release " in said} == set(TOPICS)


def test_a_second_run_of_the_same_feeds_publishes_the_same_releases(city: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases", "geo")

    ended = etl("run", city, "--var", var, "--json")

    assert ended.code == 0
    assert ended.published() == current(var / "public")
    assert files_of(var / "public", "current.json", "releases", "geo") == before
    measured = [told["measured"] for told in ended.objects if told.get("step") == "protect"]
    assert measured == [0, 0, 0]


def test_a_run_of_one_topic_leaves_the_others_alone(changed: Path, var: Path) -> None:
    before = current(var / "public")

    ended = etl("run", changed, "housing_supply", "--var", var, "--json")

    assert ended.published().keys() == {"housing_supply"}
    after = current(var / "public")
    assert {name for name in after if after[name] != before[name]} == {"housing_supply"}


def test_a_dry_run_changes_nothing_and_measures_nothing(city: Path, tmp_path: Path) -> None:
    ended = etl("run", city, "evictions", "--dry-run", "--var", tmp_path / "var", "--json")

    assert ended.code == 0
    (done,) = [told for told in ended.objects if "outcome" in told]
    assert done["outcome"] == "dry run, nothing published"
    assert done["rows_changed"] == done["rows"] > 0
    (step,) = [told for told in ended.objects if told.get("step") == "protect"]
    assert (step["measured"], step["waiting"] > 0) == (0, True)
    assert not any((tmp_path / "var/public").iterdir())
    assert not (tmp_path / "var/private/measurements").exists()
    assert etl("status", city, "--var", tmp_path / "var").out.count("nothing published") == len(TOPICS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "{city}", "weather"], "command line, TOPIC: weather has no source in this city. Choose from"),
        (["check", "{city}", "weather"], "command line, SOURCE: weather is no source of this city. Choose from"),
        (["run", "nowhere"], "city.toml: not found in nowhere. Name a city folder;"),
        (["releases", "{city}", "remove"], "takes nothing, `rollback TOPIC RELEASE` or `withdraw TOPIC`. See --help."),
        (["releases", "{city}", "rollback", "../..", "x"], "names no release of that topic."),
        (["releases", "{city}", "rollback", "evictions", "../x"], "names no release of that topic."),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_what_to_do(
    city: Path, var: Path, arguments: list[str], sentence: str
) -> None:
    ended = etl(*(argument.format(city=city) for argument in arguments), "--var", var)
    assert ended.code == 2
    assert sentence in ended.err


@pytest.mark.parametrize("arguments", [[], ["dance"], ["run"], ["run", "city", "--tea"], ["demo", "x", "--seed", "a"]])
def test_what_is_no_command_ends_with_2(arguments: list[str]) -> None:
    assert etl(*arguments).code == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("city.toml", 'id = "alderbank"', 'idd = "alderbank"', "city.toml, city.idd: unknown key `idd`."),
        ("sources/court.toml", "[fields.filed]", "[fields.fild]", "Did you mean `filed`?"),
        ("sources/court.toml", 'kind = "csv"', 'kind = "fax"', "sources/court.toml, connector: "),
        ("sources/court.toml", '"evictions"', '"evictionz"', "Did you mean `evictions`?"),
        ("city.toml", "boundaries/council_districts.geojson", "../x.geojson", "x.geojson"),
    ],
)
def test_a_wrong_declaration_names_file_key_and_remedy(
    changed: Path, tmp_path: Path, file: str, old: str, new: str, sentence: str
) -> None:
    declare(changed / file, lambda text: text.replace(old, new, 1))
    ended = etl("run", changed, "--var", tmp_path / "var")
    assert ended.code == 2
    assert sentence in ended.err


def test_two_runs_at_once_the_second_ends_with_15(city: Path, var: Path) -> None:
    before = files_of(var / "public")
    with Folders(var).locked():
        ended = etl_process("run", city, "housing_supply", "--var", var)
    assert ended.code == 15
    assert "Another run of this city is under way." in ended.err
    assert files_of(var / "public") == before


# ---------------------------------------------------------------- storage that refuses


def _as_others_would() -> None:
    """Give up root's right to write where nobody may."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def _on_a_small_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (A_FILE_OF_60_KB, A_FILE_OF_60_KB))


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for each in folders:
        each.chmod(0o555)
    try:
        yield
    finally:
        for each in folders:
            with suppress(FileNotFoundError):  # a run removes its scratch
                each.chmod(0o755)


def test_a_read_only_store_ends_with_16_and_keeps_the_old_release(changed: Path, var: Path) -> None:
    before = files_of(var / "public")
    with _read_only(var / "public"):
        ended = etl_process("run", changed, "housing_supply", "--var", var, "--json", before=_as_others_would)
    assert ended.code == 16, ended.said
    assert "Permission denied" in ended.failure("housing_supply")["error"]
    assert "Traceback" not in ended.said
    assert files_of(var / "public") == before


def test_a_read_only_private_folder_ends_with_16(changed: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases")
    with _read_only(var / "private"):
        ended = etl_process("run", changed, "housing_supply", "--var", var, before=_as_others_would)
    assert ended.code == 16, ended.said
    assert "Traceback" not in ended.said
    assert files_of(var / "public", "current.json", "releases") == before


def test_a_full_disk_ends_with_16_and_keeps_the_old_release(changed: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases")
    ended = etl_process("run", changed, "housing_supply", "--var", var, "--json", before=_on_a_small_disk)
    assert ended.code == 16, ended.said
    assert "Traceback" not in ended.said
    assert files_of(var / "public", "current.json", "releases") == before

    assert etl("run", changed, "housing_supply", "--var", var).code == 0, "once there is room again"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("public/current.json", b"{"),
        ("private/state.sqlite", b"garbage"),
        ("private/zones/2026.parquet", b"garbage"),
        ("private/keys/homes-evictions-public-2026.key", b""),
    ],
)
def test_a_damaged_folder_ends_with_16(city: Path, var: Path, path: str, content: bytes) -> None:
    """Nothing is measured anew, and nothing is published from what is left."""
    (var / path).write_bytes(content)
    before = files_of(var / "public", "current.json", "releases")

    ended = etl("run", city, "evictions", "--var", var)

    assert ended.code == 16, ended.said
    assert files_of(var / "public", "current.json", "releases") == before


def test_lost_measurements_are_never_drawn_again(city: Path, var: Path) -> None:
    before = files_of(var / "public", "current.json", "releases")
    shutil.rmtree(var / "private/measurements/evictions")

    ended = etl("run", city, "evictions", "--var", var, "--json")

    assert ended.code == 14
    assert "its vector is gone" in ended.failure("evictions")["error"]
    assert files_of(var / "public", "current.json", "releases") == before


def test_where_a_folder_should_be_is_a_file(city: Path, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    ended = etl("run", city, "--var", tmp_path / "var")
    assert ended.code == 16
    assert "The folder var cannot be written" in ended.err


# ---------------------------------------------------------------- status, releases


def test_status_tells_readers_and_machines_the_same(city: Path, var: Path) -> None:
    told = etl("status", city, "--var", var, "--json").objects
    lines = etl("status", city, "--var", var).out

    releases = {row["topic"]: row["release"] for row in told if "topic" in row}
    assert releases == current(var / "public")
    for topic, release in releases.items():
        assert f"{topic}: on time; {release}" in lines
    sources = {row["source"]: row for row in told if "source" in row}
    assert f"court: {sources['court']['rows']} rows" in lines
    ledger = [row for row in told if "ledger" in row]
    assert {row["ledger"] for row in ledger} == {"evictions", "shutoffs", "service_requests"}


def test_status_of_a_city_that_never_ran(city: Path, tmp_path: Path) -> None:
    ended = etl("status", city, "--var", tmp_path / "var")
    assert ended.code == 0
    assert ended.out.count("nothing published") == len(TOPICS)


def test_releases_lists_and_rolls_back(changed: Path, var: Path) -> None:
    old = current(var / "public")["housing_supply"]
    assert etl("run", changed, "housing_supply", "--var", var).code == 0
    new = current(var / "public")["housing_supply"]
    assert new != old

    listed = etl("releases", changed, "--var", var, "--json").objects
    assert {(r["release"], r["published"]) for r in listed if r["topic"] == "housing_supply"} == {
        (old, False),
        (new, True),
    }
    back = etl("releases", changed, "rollback", "housing_supply", old, "--var", var)

    assert (back.code, back.out) == (0, f"housing_supply shows {old} again.\n")
    assert current(var / "public")["housing_supply"] == old
    assert status_of(var / "public", "housing_supply")["release"] == old
    assert f"{old}  <- published" in etl("releases", changed, "--var", var).out
    assert etl("run", changed, "housing_supply", "--var", var).code == 0
    assert current(var / "public")["housing_supply"] == new, "the next run publishes forward again"


def test_a_rollback_waits_for_no_run(city: Path, var: Path) -> None:
    with Folders(var).locked():
        ended = etl("releases", city, "rollback", "evictions", current(var / "public")["evictions"], "--var", var)
    assert ended.code == 15


# ---------------------------------------------------------------- schedule


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("as_json", [False, True])
def test_schedule_lists_its_jobs_and_ends_when_asked(
    city: Path, tmp_path: Path, asked: signal.Signals, as_json: bool
) -> None:
    options = ["--json"] if as_json else []
    process = subprocess.Popen(
        command("schedule", city, "--var", tmp_path / "var", *options),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_interruptible,  # noqa: PLW1509 - no other thread is at work here
    )
    try:
        jobs = [_line(process) for _ in range(5)]
        time.sleep(0.5)  # past the list, and into waiting
        process.send_signal(asked)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    assert err == b""
    names = {"addresses", "court", "developments", "requests_311", "utility"}
    if as_json:
        assert {json.loads(job)["source"] for job in jobs} == names
        assert json.loads(out.splitlines()[-1]) == {"outcome": "stopped"}
    else:
        assert {job.partition(":")[0] for job in jobs} == names
        assert out.endswith(b"Stopped.\n")


def test_schedule_only_lists_when_asked(city: Path, tmp_path: Path) -> None:
    ended = etl("schedule", city, "--var", tmp_path / "var", "--list", "--json")
    assert ended.code == 0
    assert {told["source"]: told["of"] for told in ended.objects}["court"] == "evictions"
    assert not (tmp_path / "var").exists()


def test_schedule_refuses_a_city_without_times(changed: Path, tmp_path: Path) -> None:
    for source in (changed / "sources").glob("*.toml"):
        declare(source, lambda text: re.sub(r"^cron.*\n", "", text, flags=re.M))
    ended = etl("schedule", changed, "--var", tmp_path / "var")
    assert ended.code == 2
    assert "no source declares when to run" in ended.err


def test_a_published_store_verifies_and_has_nothing_to_find(first_run: Path) -> None:
    for name in ("verify", "audit"):
        ended = etl(name, first_run / "public")
        assert ended.code == 0, ended.said
        assert etl(name, first_run / "nowhere").code == 2


def test_the_keys_that_sign_are_listed(city: Path, var: Path) -> None:
    ended = etl("keys", city, "--var", var, "--json")
    assert ended.code == 0
    (listed,) = (var / "public" / "keys").glob("*.pem")
    assert listed.stem in ended.out


def test_an_edition_of_what_was_never_measured_is_refused(city: Path, var: Path) -> None:
    booked = ("--reason", "a feed was read twice", "--by", "Alex Doe", "--var", var)
    ended = etl("edition", city, "evictions", "filings-month-district", "2020-01-01", *booked)
    assert ended.code == 14
    assert "Nothing was booked" in ended.said


ELSEWHERE = ("backup", "restore", "metrics", "holds", "console")
"""Commands with test files of their own."""


def test_every_command_is_tested_here() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [name for name in command_names() if f'"{name}"' not in text] == []


def _interruptible() -> None:
    """A shell that starts a test in the background lets it ignore interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _line(process: subprocess.Popen[bytes], seconds: float = 90) -> str:
    """The next line, which must be there while the program goes on."""
    assert process.stdout is not None
    descriptor, read = process.stdout.fileno(), b""
    deadline = time.monotonic() + seconds
    while not read.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        assert ready, "no line came"
        byte = os.read(descriptor, 1)
        assert byte, f"it ended: {process.communicate()[1].decode()}"
        read += byte
    return read.decode().rstrip("\n")
