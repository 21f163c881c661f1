#!/usr/bin/env python3
"""`station ledger bench`, tiny: what it prints, not how fast it is.

    ledger_bench_test.py --station STATION"""
import json
import os
import subprocess
import sys
import tempfile

EVENTS = 3000
LATENCY = {"p50_us", "p99_us", "p999_us"}
APPEND = {"publishers", "in_flight", "durability", "size", "events_per_second", "log_events_per_second",
          "cpu_us_per_event", "log_cpu_us_per_event", *LATENCY}
TELLERS = {"account", "tellers", "durability", "answered", "left", "refused", "updates_per_second",
           "decisions_per_update"}
# Of each row: how many lines, what an aim is about, and what else a line has.
ROWS = {
    "publishers": (1, ["ratio_at_least"], APPEND),
    "window": (1, ["ratio_at_least"], APPEND),
    "tellers": (1, [], TELLERS),
    "open": (3, ["beyond_ms_at_most"], {"how", "log_ms"}),
    "get": (1, ["per_cpu_second_at_least"], set()),
    "query": (1, ["found_per_cpu_second_at_least"], {"events_each", "found_and_read_per_cpu_second"}),
    "project": (1, ["cold_ms_at_most", "cached_us_at_most"], set()),
    "verify": (1, ["MB_per_cpu_second_at_least"], {"bytes", "seconds"}),
    "memory": (2, ["index_bytes_per_event_at_most", "open_ms_at_most"], {"how", "resident_bytes_per_event"}),
}


def run(station, *arguments):
    return subprocess.run([station, "ledger", "bench", *arguments], capture_output=True, text=True, timeout=150)


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r}, not {wanted!r}")


def members(aims):
    """An aim is three members: the figure, its bound, and whether it holds."""
    found = set()
    for aim in aims:
        figure = aim.removesuffix("_at_least").removesuffix("_at_most")
        found |= {figure, aim, f"{figure}_holds"}
    return found


def check_aims(line):
    for name, bound in line.items():
        for ending, holds in (("_at_least", lambda a, b: a >= b), ("_at_most", lambda a, b: a <= b)):
            if name.endswith(ending):
                figure = name.removesuffix(ending)
                # It was rounded after it was compared.
                if abs(line[figure] - bound) > 0.01:
                    expect(f"{line['row']}: {figure}_holds", line[f"{figure}_holds"], holds(line[figure], bound))


def check_lines(lines):
    for row, (count, aims, more) in ROWS.items():
        of_row = [line for line in lines if line["row"] == row]
        expect(f"lines of {row}", len(of_row), count)
        expect(f"members of {row}", set(of_row[-1]), {"bench", "row", "events"} | members(aims) | more)
        for line in of_row:
            check_aims(line)
    events = {(line["row"], line.get("how")): line["events"] for line in lines}
    for stored in ("get", "query", "verify"):
        expect(f"events of {stored}", events[(stored, None)], events[("open", "killed")])
    if events[("open", "killed")] < EVENTS:
        sys.exit("events are gone that were there before the process was killed")
    expect("events after the checkpoint is gone", events[("open", "no checkpoint")], events[("open", "killed")])
    expect("events of project", events[("project", None)], EVENTS // 10)
    expect("events of memory", events[("memory", "opened")], EVENTS)


def main():
    station = sys.argv[sys.argv.index("--station") + 1]
    with tempfile.TemporaryDirectory() as folder:
        tiny = ["--dir", os.path.join(folder, "data"), "--events", str(EVENTS), "--seconds", "0.12"]
        done = run(station, *tiny, "--json")
        expect(f"status, {done.stderr}", done.returncode, 0)
        check_lines([json.loads(line) for line in done.stdout.splitlines()])
        # In words, and of two rows only; what is stored is there already.
        done = run(station, *tiny, "--only", "get", "--only", "verify")
        expect(f"status, {done.stderr}", done.returncode, 0)
        rows = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("row ")]
        expect("rows", rows, ["get", "verify"])
        expect("a row that is none", run(station, *tiny, "--only", "everything").returncode, 2)
        expect("a durability that is none", run(station, *tiny, "--durability", "maybe").returncode, 2)


if __name__ == "__main__":
    main()
