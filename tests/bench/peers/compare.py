#!/usr/bin/env python3
"""The station beside Redis Streams, NATS JetStream and the least that a log server can do, all driven by one client;
and its ledger beside a table of events in PostgreSQL and in SQLite.

    tests/bench/peers/compare.py [ROUNDS]

Measures every cell once a round, the servers by turns, and prints medians as a Markdown table. Redis, NATS and
PostgreSQL are left out where they are not installed. docs/benchmarks.md says what it means ("Peers")."""
import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile

from measure import measure
from rows import BYTES, EVENT_BYTES, STORED, comparison
from servers import missing
from table import table

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
IN_MEMORY = {"tmpfs", "ramfs"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=3, help="default 3; one takes about a minute")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build/bin"))
    parser.add_argument("--data", help="a folder on a real disk; default: beside --bin")
    parser.add_argument("--only", default="", help="measure only cells whose row or server contains this")
    parser.add_argument("--others", type=float, default=0.3,
                        help="a run is repeated where others used more processors meanwhile (default %(default)s)")
    parser.add_argument("--tries", type=int, default=4, help="most runs of a cell in a round (default %(default)s)")
    parser.add_argument("--patience", type=float, default=20,
                        help="longest wait for a quiet machine before a run, in seconds (default %(default)s)")
    options = parser.parse_args()
    if options.rounds < 1 or options.tries < 1:
        parser.error("ROUNDS and --tries are at least 1")
    return options


def file_system(folder):
    return subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True).stdout.strip()


def installed(cells):
    absent = missing([cell.server for cell in cells])
    for package in absent:
        print(f"skipped: {package} is not installed (apt-get install {package})", file=sys.stderr)
    return [cell for cell in cells if cell.server.package not in absent], absent


def run_rounds(cells, options):
    rows = list(dict.fromkeys(cell.row for cell in cells))
    results = {cell.key: [] for cell in cells}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for row in rows:
            turn = [cell for cell in cells if cell.row == row]
            first = number % len(turn)  # who follows whom changes, too
            for cell in turn[first:] + turn[:first]:
                results[cell.key].append(measure(cell, options))
    return results


def footnotes(cells, results, absent, kind, options):
    servers = {cell.server.program: cell.server for cell in cells if cell.server.package}
    versions = "".join(f"; {server.version()}" for server in servers.values())
    print(f"\nMedians of {options.rounds} round(s), ratios too; {BYTES} bytes an event, {EVENT_BYTES} where it is appended, {STORED:,} stored for a "
          f"replay; {os.cpu_count()} processors, Linux {platform.release()}, data on {kind}{versions}.")
    if any(result["disturbed"] for rounds in results.values() for result in rounds):
        print(f"\\* others used more than {options.others:g} processors during a run, however often it was repeated: "
              "quote no figure of this line.")
    for package in absent:
        print(f"Left out: {package} is not installed (`apt-get install {package}`).")


def main():
    options = parse_arguments()
    parent = options.data or os.path.dirname(os.path.abspath(options.bin))
    kind = file_system(parent)
    if kind in IN_MEMORY:
        sys.exit(f"compare.py: {parent} is in memory ({kind}), where a sync costs nothing: name a --data on a disk")
    cells, aims = comparison()
    cells, absent = installed([cell for cell in cells if options.only in f"{cell.row}: {cell.name}"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server that runs is ended, too
    options.data = tempfile.mkdtemp(prefix="peers-", dir=parent)
    try:
        results = run_rounds(cells, options)
    finally:
        shutil.rmtree(options.data)
    print(table(cells, aims, results))
    footnotes(cells, results, absent, kind, options)


if __name__ == "__main__":
    main()
