#!/usr/bin/env python3
"""A seed is a run: each driver twice with the same seed must leave the same bytes, with another one others.

    tests/lab/replays.py [--bin build/bin]

The drivers print a digest of all that they left: files, events, ids, times. docs/lab.md says what has none.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import harness

RUNS = [
    ("lab_log", "torn", 1, 1),
    ("lab_log", "rot", 300, 300),
    ("lab_log", "clock", 10, 10),
    ("lab_log", "exhaust", 3, 3),
    ("lab_log", "simulate", 100, 100),
    ("lab_memory", None, 12, 10_000),
]


def one_line(options, program, subcommand, count, seed):
    with tempfile.TemporaryDirectory(prefix="station-lab-") as folder:
        arguments = [subcommand, "--seed", str(seed)] if subcommand else [
            "--first", str(seed), "--folder", os.path.join(folder, "data")]
        done = subprocess.run([os.path.join(options.bin, program), *arguments, "--count", str(count)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                              timeout=10 * harness.PATIENCE)
    harness.check(done.returncode in (0, 1), program, *arguments, ": status", done.returncode)
    return json.loads(done.stdout.decode().splitlines()[-1])


def compare(options, program, subcommand, count, step):
    name = subcommand or program
    first, again, other = (one_line(options, program, subcommand, count, seed) for seed in (17, 17, 17 + step))
    harness.check(first["digest"] == again["digest"], f"{name}: the same seed gives {first} and {again}")
    harness.check(first["digest"] != other["digest"], f"{name}: another seed gives the same bytes, {first}: this "
                  "proves nothing")
    print(f"{name}: {first['digest']} twice, then {other['digest']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(harness.ROOT, "build", "bin"), help="where the programs are")
    options = parser.parse_args()
    wrong = 0
    for run in RUNS:
        try:
            compare(options, *run)
        except harness.Wrong as words:
            wrong += 1
            print(words)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
