#!/usr/bin/env python3
"""Judges the judge: is whatever is wrong caught, and for its own reason, and does what is right pass?

    run.py mutants [EXERCISE…] [--count N]     the references' mutants: ten of ten in the harness, or once in the check
    run.py wrong [EXERCISE…] [--rounds 10]     the wrong programs that people write, through both
    run.py right [EXERCISE…] [--rounds 50]     right programs of another style, through both; --busy: beside other work
    run.py prepare [EXERCISE…]                 only builds what they are linked with

Results are kept in build/judge, by what they depend on: a run that was ended goes on where it was.
--harness leaves out the checks, which take the most time. Status 1: something escaped, or something right failed.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys

import judging
import learner
import people
import programs
import tables
from mutate import of_exercise


def judge_all(what, options, judge):
    """Judges in parallel, with a line for each as it comes."""
    found = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(judge, one) for one in what]
        try:
            for done in concurrent.futures.as_completed(waiting):
                found.append(done.result())
                if options.verbose or found[-1]["verdict"] in ("escaped", "failed"):
                    print(tables.line(found[-1]), file=sys.stderr, flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return sorted(found, key=lambda one: (one["exercise"], one["name"]))


def mutants(options):
    chosen = []
    for exercise in options.exercises:
        all_ = of_exercise(exercise)
        random.Random(options.seed).shuffle(all_)
        chosen += all_[: options.count] if options.count else all_
    return judge_all(chosen, options, lambda one: judging.mutant(one, options)), tables.of_mutants


def wrong(options):
    chosen = [one for exercise in options.exercises for one in people.read("wrong", exercise)[: options.count]]
    found = judge_all(chosen, options, lambda one: judging.wrong(one, options))
    judging.confused(found, chosen)
    return found, tables.of_wrong


def right(options):
    chosen = [one for exercise in options.exercises for one in people.read("right", exercise)[: options.count]]
    with busy(options.busy):
        return judge_all(chosen, options, lambda one: judging.right(one, options)), tables.of_right


@contextlib.contextmanager
def busy(wanted):
    """Beside one process a core that does nothing but keep it busy."""
    command = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(command) for _ in range(os.cpu_count() if wanted else 0)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["mutants", "wrong", "right", "prepare"])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--count", type=int, help="so many of each exercise: mutants are drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--harness", action="store_true", help="without the black box")
    parser.add_argument("--busy", action="store_true", help="beside a process that keeps a core busy, for each core")
    parser.add_argument("--anew", action="store_true", help="forget what was found before")
    parser.add_argument("--verbose", "-v", action="store_true", help="a line for each")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--built", action="store_true", help="all that programs are linked with is built")
    parser.add_argument("--build", type=pathlib.Path, default=learner.ROOT / "build")
    options = parser.parse_intermixed_args(arguments)
    options.exercises = options.exercises or learner.names()
    unknown = set(options.exercises) - set(learner.names())
    if unknown:
        parser.error(f"no such exercise: {', '.join(sorted(unknown))}")
    return options


def run(arguments):
    options = parse(arguments)
    programs.use(options.build.resolve(), quick=options.what != "right")
    if not options.built:
        programs.prepare(options.exercises, options.harness)
    if options.what == "prepare":
        return []
    if options.what != "right":
        judging.control(options)
    found, table = {"mutants": mutants, "wrong": wrong, "right": right}[options.what](options)
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def main():
    found = run(sys.argv[1:])
    return 1 if any(one["verdict"] in ("escaped", "failed") for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
