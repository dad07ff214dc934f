"""What a run tells while a feed comes: enough to see that it moves, too little to flood a log."""

from etl.progress import seldom


def test_a_download_is_told_every_few_seconds() -> None:
    """
    second | 0 | 1 | 4 | 5 | 9 | 11 |
    told   | x |   |   | x |   | x  |
    """
    seconds = iter([0.0, 1.0, 4.0, 5.0, 9.0, 11.0])
    heard: list[tuple[int, int]] = []
    told = seldom(lambda rows, size: heard.append((rows, size)), seconds=5, clock=lambda: next(seconds))
    for rows in range(1, 7):
        told(rows, rows * 10)
    assert heard == [(1, 10), (4, 40), (6, 60)]
