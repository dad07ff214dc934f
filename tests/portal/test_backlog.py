"""The backlog is what is open of all years; a hidden year makes it unknown, never smaller."""

from layers.measures import Status
from layers.period import Grain
from portal.district.backlog import OLDEST, OPEN, _figure, open_now
from portal.releases import Releases


def test_open_requests_of_all_years_are_added_and_ages_are_not(releases: Releases) -> None:
    release = releases.required("service_requests")
    for measure, together in ((OPEN, sum), (OLDEST, max)):
        rows = release.counts(measure=measure, category="all", geography="district", unit="1", grain=Grain.YEAR.value)
        values = rows["value"].drop_nulls().to_list()
        assert len(values) > 1
        assert open_now(release, measure, "1")["all"].value == together(values)


def test_a_hidden_year_hides_the_backlog() -> None:
    assert _figure({"hidden": True, "any": True, "value": 3.0}).status is Status.HIDDEN
    assert _figure({"hidden": False, "any": False, "value": 0.0}).status is Status.NOT_COLLECTED
    assert _figure({"hidden": False, "any": True, "value": 0.0}).status is Status.ZERO
