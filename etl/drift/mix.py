"""The mix of groups: the newest four weeks against the year before."""

from collections.abc import Iterator

from etl.city import Source
from etl.drift.fields import groups_of
from etl.drift.finding import QUALITY, Finding, percent
from etl.drift.profile import Profile, summed
from etl.drift.windows import FEWEST, newest_window, slack_of_share, usual_shares, within


def mix_findings(now: Profile, _: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    """Shares of groups, and of the values of other coded fields that tell where a record came from.

    The measure is the total variation distance, from the nearest mix that the year before knew: for each group what
    its share goes beyond the largest or below the smallest of all four-week windows, and beyond chance; the sum of what
    goes beyond is compared with `limits.max_mix_shift`. Unlike a stability index it does not grow without bound where a
    small group is empty, and reads as a share of the records.
    """
    if now.newest is None or anchor.newest is None:
        return
    window = newest_window(now)
    ours, theirs = groups_of(now.codes.get("category", {}), source), groups_of(anchor.codes.get("category", {}), source)
    whole, before = (
        summed(s for each in ours.values() for s in each),
        summed(s for each in theirs.values() for s in each),
    )
    rows = within(whole, window)
    if rows < FEWEST or not before:
        return
    above, below, moved = 0.0, 0.0, []
    for group in {**theirs, **ours}:
        usual = usual_shares(summed(theirs.get(group, [])), before, newest_window(anchor))
        if usual is None:
            return
        share = within(summed(ours.get(group, [])), window) / rows
        over = max(0.0, share - usual[1] - slack_of_share(usual[1], rows))
        under = max(0.0, usual[0] - slack_of_share(usual[0], rows) - share)
        above, below = above + over, below + under
        if over or under:
            moved.append((over + under, group, share, usual))
    shift = max(above, below)
    if shift > source.limits.max_mix_shift:
        _most, group, share, usual = max(moved)
        sentence = (
            f"The mix of groups moved: {percent(share)} of the newest four weeks are {group}, which had "
            f"{percent(usual[0])} to {percent(usual[1])} in the year before; all groups together are "
            f"{percent(shift)} beyond what was usual."
        )
        limit = f"max_mix_shift = {percent(source.limits.max_mix_shift)}"
        yield Finding(
            "mix_shifted", group, sentence, QUALITY, f"{usual[0]:.1%} to {usual[1]:.1%}", percent(share), limit
        )
