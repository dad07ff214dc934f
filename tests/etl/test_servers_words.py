"""What a server says, in a status, a header or a body, is told on by nobody: it may quote a record.

Not by a command, not in the private database that the console reads, not in the public status, not in the metrics.
"""

from pathlib import Path

import pytest

from tests.etl.drift.made_city import MadeCity
from tests.etl.test_no_rows import OVER_THE_NETWORK, PLAIN, city, first
from tests.feeds.server import Answer, Reply, json_reply, serving

__all__ = ["city", "first"]

CANARY = "zqx7canary"
FAULT = {"code": CANARY, "message": CANARY, "details": [CANARY], "__type": CANARY}
#   what every question is answered with
ANSWERS: dict[str, Reply] = {
    "refused": json_reply({"error": FAULT, "errorCode": CANARY, "message": CANARY}, 400),
    "failed": Reply(CANARY.encode(), 500, {"X-Error": CANARY, "Retry-After": CANARY, "Server": CANARY}),
    "of another form": json_reply({CANARY: CANARY, "success": False, "error": FAULT, "features": CANARY}),
    "rows of another form": json_reply([{":id": CANARY, CANARY: CANARY, "service_request_id": {CANARY: CANARY}}]),
    "no data at all": Reply(f'"{CANARY}\n{CANARY}'.encode() * 9, headers={"Content-Type": CANARY, "Date": CANARY}),
}


def each() -> list[object]:
    return [(kind, said) for kind in OVER_THE_NETWORK for said in ANSWERS]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "said"), each())
def test_is_told_on_by_nobody(city: MadeCity, kind: str, said: str, caplog: pytest.LogCaptureFixture) -> None:
    connector = OVER_THE_NETWORK[kind][1]
    answer: Answer = lambda asked: ANSWERS[said]  # noqa: E731 - the same for every question
    with serving(answer) as server:
        declared = connector.replace("URL", server.url) + PLAIN
        city.change(lambda text: text.replace('kind = "csv"\npath = "requests.csv"\n', declared))
        ended = city.etl("run")
    assert ended.code in (10, 11, 12), ended.said
    told = [ended, *(city.etl(*words) for words in (("status",), ("status", "--json"), ("holds",), ("metrics",)))]
    files = [*city.var.glob("private/state.sqlite*"), city.var / "public/status.json"]
    _none("".join(each.said for each in told) + caplog.text, files)


def _none(told: str, files: list[Path]) -> None:
    assert CANARY not in told
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path.name
