"""`python -m etl audit STORE`: every attack on both tiers, one line each; exit 0 clean, 1 with findings, 2 no store."""

import json
from pathlib import Path

from etl.steps.audit import ATTACKS
from tests.etl.audit.stores import release
from tests.machinery.small_city import etl

LEAK = "zone1/a 2025 2"


def test_a_clean_store_passes_every_attack(demo_store: Path) -> None:
    ended = etl("audit", demo_store)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert len(lines) == len(ATTACKS)
    assert lines[0].startswith("Direct small figures: passed. Of ")


def test_machines_get_one_object_per_attack(demo_store: Path) -> None:
    ended = etl("audit", demo_store, "--topic", "evictions", "--json")
    assert ended.code == 0, ended.said
    assert [set(told) for told in ended.objects] == [{"attack", "title", "tried", "best", "findings"}] * len(ATTACKS)
    assert not any(told["findings"] for told in ended.objects)


def test_findings_are_printed_and_told_by_the_exit_code(tmp_path: Path) -> None:
    release(tmp_path / "public", LEAK, id="2026-04-15-0123456789ab")
    ended = etl("audit", tmp_path / "public")
    assert ended.code == 1
    line = "  public evictions 2026-04-15-0123456789ab: homes_filed, zone1 a, 2025: 2 is shown, the floor is 5."
    assert line in ended.out.splitlines()
    assert ended.err.startswith("An audit or check found something (exit 1). ")


def test_a_partner_store_beside_it_is_attacked_too(tmp_path: Path) -> None:
    release(tmp_path / "public", "zone1/a 2025 <")
    release(tmp_path / "partner", LEAK, protection={"tier": "partner"})
    release(tmp_path / "elsewhere", LEAK.replace("zone1/a", "zone1/b"), protection={"tier": "partner"})
    beside = etl("audit", tmp_path / "public", "--json").objects
    assert {(o["tier"], o["where"]) for o in beside if o.get("learned", "").startswith("2 is shown")} == {
        ("partner", "homes_filed, zone1 a, 2025")
    }
    named = etl("audit", tmp_path / "public", "--partner", tmp_path / "elsewhere", "--json").objects
    assert "homes_filed, zone1 b, 2025" in {o.get("where") for o in named}


def test_a_topic_alone(tmp_path: Path) -> None:
    release(tmp_path, LEAK)
    assert etl("audit", tmp_path, "--topic", "shutoffs").code == 2
    assert etl("audit", tmp_path, "--topic", "evictions").code == 1


def test_a_folder_without_releases_is_refused(tmp_path: Path) -> None:
    ended = etl("audit", tmp_path)
    assert ended.code == 2
    assert "holds no releases" in ended.err


def test_both_tiers_name_their_findings(tmp_path: Path) -> None:
    release(tmp_path / "public", LEAK)
    release(tmp_path / "partner", LEAK, protection={"tier": "partner"})
    said = [json.loads(line) for line in etl("audit", tmp_path / "partner", "--json").out.splitlines()]
    assert {told["tier"] for told in said if "tier" in told} == {"public", "partner"}
