"""Commands that make and check a city folder: demo, init, check."""

import argparse

from etl.city import load_city
from etl.city.init import write_template
from etl.commands.surroundings import Surroundings, display, run_context


def demo(args: argparse.Namespace, around: Surroundings) -> int:
    """Write the synthetic city."""
    from etl.demo import write_demo_city

    with display(args, around) as progress:
        write_demo_city(
            args.folder,
            seed=args.seed,
            households=args.households,
            months=args.months,
            progress=lambda stage: progress.step("demo", stage),
        )
        progress.done("demo", f"a synthetic city is in {args.folder}; next: python -m etl run {args.folder}")
    return 0


def init(args: argparse.Namespace, around: Surroundings) -> int:
    """Write a commented city folder."""
    for path in write_template(args.folder):
        around.say(str(path))
    around.say("Fill in what the comments ask for, then run: python -m etl check " + str(args.folder))
    return 0


def check(args: argparse.Namespace, around: Surroundings) -> int:
    """Validate the declarations and profile the feeds."""
    from etl.feeds.profile import profile_sources
    from etl.takenback.purging import finish_open

    city = load_city(args.city)
    with run_context(args, around, city) as context, context.folders.locked():
        finish_open(context)
        return profile_sources(context, args.sources, around.say, as_json=args.json, whole=args.whole)
