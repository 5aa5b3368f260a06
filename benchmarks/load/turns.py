"""How many drawings a second a site with many drawings stores, in turns with an empty one, since machines have moods.

    .venv/bin/python -m benchmarks.load.turns --database postgresql --url postgres://digits@%2Frun%2Fpg/digits
    .venv/bin/python -m benchmarks.load.turns --database sqlite --data /tmp/big

Both sites run all the while, and one of them is asked at a time; each pair of turns gives one ratio, and of those the
median counts. Left out on purpose: filling the database, which `benchmarks.million` does."""

import argparse
import contextlib
import statistics
from pathlib import Path

from benchmarks.load import crowd, deployment, processes
from benchmarks.load.__main__ import BODIES, prepare

WARM_UP_SECONDS = 5.0


def main() -> None:
    options = parsed()
    prepare()
    from benchmarks.load import drawn

    bodies = drawn.bodies(BODIES, seed=1)
    with contextlib.ExitStack() as stack:
        data = options.data and Path(options.data)
        full = stack.enter_context(deployment.deployed(options.database, url=options.url, data=data))
        empty = stack.enter_context(deployment.deployed(options.database))
        for site in (full, empty):
            processes.wait_until_idle(site.supervisor.pid)
        for site in (full, empty):
            crowd.run(site.address, bodies, clients=options.clients, seconds=WARM_UP_SECONDS)
        ratios = [turn(full, empty, bodies, options, is_full_first=bool(number % 2)) for number in range(options.turns)]
    print(f"median of {len(ratios)} ratios: {statistics.median(ratios):.3f}")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=deployment.DATABASES, default="sqlite")
    parser.add_argument("--url", help="a PostgreSQL with many drawings, as DATABASE_URL takes it")
    parser.add_argument("--data", help="the data folder of the site with many drawings")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=10)
    return parser.parse_args()


def turn(
    full: deployment.Deployment,
    empty: deployment.Deployment,
    bodies: list[bytes],
    options: argparse.Namespace,
    *,
    is_full_first: bool,
) -> float:
    """What the full site stores a second, as a share of what the empty one does; both are printed."""
    rates = {}
    for site in (full, empty) if is_full_first else (empty, full):
        tally = crowd.run(site.address, bodies, clients=options.clients, seconds=options.seconds)
        if tally.errors:
            raise SystemExit(f"{len(tally.errors)} answers were errors: {tally.errors[0]}")
        rates[site] = len(tally.milliseconds) / tally.seconds
    ratio = rates[full] / rates[empty]
    print(f"full {rates[full]:6.1f} a second, empty {rates[empty]:6.1f}, ratio {ratio:.3f}", flush=True)
    return ratio


if __name__ == "__main__":
    main()
