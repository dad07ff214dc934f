import pytest

from etl.city.cron import checked_cron


@pytest.mark.parametrize("text", ["15 5 * * *", "*/10 0-6 1,15 jan-mar mon-fri", "0 0 1 */3 0", "0 0 * * 7"])
def test_right(text: str) -> None:
    assert checked_cron(text) == text


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8"])
def test_out_of_range(text: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        checked_cron(text)


@pytest.mark.parametrize("text", ["a * * * *", "5-1 * * * *", "*/0 * * * *", "1- * * * *", "* * * mon *"])
def test_malformed(text: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        checked_cron(text)
