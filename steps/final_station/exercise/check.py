#!/usr/bin/env python3
"""Checks the last step's seven exercises, seen from outside: a `station` that was built with the learner's file.

    check.py codec --station build/work/codec/station [--reference build/bin/station] [--json FILE] [--trace DIR]

Each check compares what the program does with the format's description and with the reference. A check that fails is
run with the reference in the learner's place: where that fails, too, the machine is at fault, and nothing is decided.

Exit status: 0 pass, 1 fail, 2 usage, 3 inconclusive. --trace DIR keeps the files, the commands and their outputs of the
first check that failed."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from checks import cas, chain, codec, cursor, dedup, reconnect, torn_tail
from checks.bench import PATIENCE, SHORT_PATIENCE, Bench, Failed

EXERCISES = {"codec": codec, "torn_tail": torn_tail, "cursor": cursor, "cas": cas, "chain": chain, "dedup": dedup,
             "reconnect": reconnect}
STATUS = {"pass": 0, "fail": 1, "inconclusive": 3}
HERE = Path(__file__).resolve().parent
DEFAULT_REFERENCE = HERE.parents[2] / "build" / "bin" / "station"


def attempt(check, bench):
    """What the check says it has seen, or raises Failed."""
    try:
        return check(bench)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        # What a program prints that is no JSON, or leaves out: its mistake, whatever Python calls it.
        raise Failed(f"what the station said could not be understood: {type(error).__name__}: {error}",
                     "Look at the commands of the trace and their outputs") from error
    finally:
        bench.end()


def judge(identity, check, arguments, folder, patience, trace):
    finding = {"id": identity, "verdict": "pass", "measured": "", "unit": "", "ratio": 0, "cause": "", "next": ""}
    bench = Bench(arguments.station, arguments.reference, folder / "yours", patience)
    try:
        finding["measured"] = attempt(check, bench)
        return finding
    except Failed as failed:
        finding.update(verdict="fail", cause=failed.cause, next=failed.next_move)
        if trace:
            bench.keep(trace)
    try:
        attempt(check, Bench(arguments.reference, arguments.reference, folder / "reference"))
    except Failed as failed:
        finding.update(verdict="inconclusive", cause=f"the reference failed in the same run: {failed.cause}",
                       next="Run it again while nothing else runs")
    return finding


def tell(line):
    """Prints it; on a terminal that is too narrow for it, in several lines."""
    if sys.stdout.isatty():
        line = textwrap.fill(line, shutil.get_terminal_size().columns, subsequent_indent="     ",
                             break_long_words=False, break_on_hyphens=False)
    print(line, flush=True)


def say(finding):
    measured = f": {finding['measured']}" if finding["measured"] else ""
    tell(f"{finding['verdict'].upper()} {finding['id']}{measured}")
    if finding["verdict"] != "pass":
        tell(f"     cause: {finding['cause']}")
        tell(f"     next: {finding['next']}")


def check_all(arguments):
    findings = []
    trace = None
    patience = PATIENCE
    with tempfile.TemporaryDirectory(prefix="station-check-") as folder:
        for identity, check in EXERCISES[arguments.exercise].CHECKS:
            if arguments.only not in identity:
                continue
            place = arguments.trace if arguments.trace and not trace else None
            finding = judge(identity, check, arguments, Path(folder) / identity, patience, place)
            if finding["verdict"] != "pass":
                trace = place or trace
                patience = SHORT_PATIENCE
            say(finding)
            findings.append(finding)
    return findings, trace


def summary(arguments, findings, trace, seconds):
    worst = max((finding["verdict"] for finding in findings), key=["pass", "inconclusive", "fail"].index)
    first = next((finding for finding in findings if finding["verdict"] == worst), None)
    next_move = f"./dev solution {arguments.exercise} shows the reference beside yours"
    if worst != "pass":
        next_move = first["next"]
    return {"step": arguments.exercise, "program": str(arguments.station), "verdict": worst,
            "cause": first["cause"] if worst != "pass" else "", "next": next_move, "trace": str(trace) if trace else "",
            "seconds": round(seconds, 2), "lesson": {"verdict": worst, "findings": findings}}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exercise", choices=EXERCISES)
    parser.add_argument("--station", type=Path, required=True, help="the program under test")
    parser.add_argument("--reference", type=Path, default=DEFAULT_REFERENCE, help="the repository's own station")
    parser.add_argument("--json", type=Path, help="write the results to this file, too")
    parser.add_argument("--trace", type=Path, help="where the trace of the first failure goes")
    parser.add_argument("--only", default="", help="only the checks with this in their id")
    arguments = parser.parse_args()
    for program in (arguments.station, arguments.reference):
        if not os.access(program, os.X_OK):
            parser.error(f"there is no program {program}; ./dev build makes it")
    arguments.station = arguments.station.resolve()
    arguments.reference = arguments.reference.resolve()
    if not any(arguments.only in identity for identity, _ in EXERCISES[arguments.exercise].CHECKS):
        parser.error(f"no check of {arguments.exercise} has {arguments.only!r} in its id")
    return arguments


def interrupt(number, frame):
    raise KeyboardInterrupt


def main():
    """Whatever ends it, its folder and what it started go with it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        return run(parse())
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"check.py: {error}: nothing is decided", file=sys.stderr)
        return STATUS["inconclusive"]


def run(arguments):
    begin = time.monotonic()
    tell(f"exercise {arguments.exercise}: {arguments.station}")
    findings, trace = check_all(arguments)
    result = summary(arguments, findings, trace, time.monotonic() - begin)
    if arguments.json:
        try:
            arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            print(f"check.py: cannot write {arguments.json}: {error.strerror}", file=sys.stderr)
            return 2
    if trace:
        tell(f"trace: {trace}")
    tell(f"{arguments.exercise}: {result['verdict']}, {len(findings)} checks, {result['seconds']} s")
    tell(f"{result['next']}.")
    return STATUS[result["verdict"]]


if __name__ == "__main__":
    sys.exit(main())
