"""`etl audit`: which folders an intruder would collect, and what is printed of the attacks."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from etl.audit.finding import Attempt
from etl.audit.published import Published, published
from etl.errors import AuditFound, DeclarationError
from etl.release.withdrawnreleases import FOLDER
from etl.steps.audit import audit_everything

_TIERS = ("public", "partner")


def collected(store: Path, partner: Path | None = None, topic: str | None = None) -> Published:
    """Everything under a store and, where it lies beside it or is named, the other tier's store; and what was withdrawn
    from them, where the private folder lies beside it.

    With `topic`, of that topic alone. Raises DeclarationError where there is nothing to attack.
    """
    tier = "partner" if store.name == "partner" else "public"
    other = next(name for name in _TIERS if name != tier)
    stores = {tier: store, other: partner or store.absolute().parent / other}
    for named in (store, partner):
        if named is not None and not (named / "releases").is_dir():
            raise DeclarationError.of(
                "command line", "STORE", f"{named} holds no releases.", "Name a store folder, such as DIR/public."
            )
    withdrawn = store.absolute().parent / "private" / FOLDER
    everything = published({name: [withdrawn / name, folder] for name, folder in stores.items()})
    found = Published(everything.of(topic))
    if not found.releases:
        wanted = "release" if topic is None else f"release of {topic}"
        raise DeclarationError.of("command line", "STORE", f"{store} holds no {wanted}.", "Run the ETL first.")
    return found


def attack(everything: Published, say: Callable[[str], None], *, as_json: bool) -> None:
    """Run every attack, and say of each how far it came and what it found. Raises AuditFound where one did."""

    def told(attempt: Attempt) -> None:
        for line in lines(attempt, as_json=as_json):
            say(line)

    done = audit_everything(everything, told=told)
    if done.findings:
        raise AuditFound(f"{len(done.findings)} findings in {len(everything.releases)} releases.")


def lines(attempt: Attempt, *, as_json: bool) -> Iterator[str]:
    """One line for the attack, then one for each finding."""
    if as_json:
        head = {"attack": attempt.attack, "title": attempt.title, "tried": attempt.tried, "best": attempt.best}
        yield json.dumps({**head, "findings": len(attempt.findings)})
        yield from (json.dumps(asdict(finding)) for finding in attempt.findings)
        return
    yield f"{attempt.title}: {'found ' + str(len(attempt.findings)) if attempt.findings else 'passed'}. {attempt.best}"
    for finding in attempt.findings:
        yield f"  {finding.tier} {finding.topic} {finding.release}: {finding.where}: {finding.learned}."
