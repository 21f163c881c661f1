"""Wrong programs for every exercise: those that a tool makes of the references, and those that people write.

Each is caught ten times of ten by the exercise's harness, or once by the check: tests/judge/run.py, docs/trust.md. What
an earlier run found is kept in build/judge.
"""
import collections
import os
import sys

from harness import ROOT, check, need_program

COUNT, UNIT = 30, "mutants of each exercise"


def run(run):
    need_program("ninja")
    sys.path.insert(0, os.path.join(ROOT, "tests", "judge"))
    import run as judge  # pylint: disable=import-outside-toplevel

    build = os.path.dirname(run.options.bin)
    found = judge.run(["mutants", "--count", str(run.count), "--seed", str(run.seed), "--build", build])
    found += judge.run(["wrong", "--rounds", "10", "--build", build])
    run.report.update(collections.Counter(one["verdict"].replace(" ", "_") for one in found))
    bad = [one for one in found if one["verdict"] in ("escaped", "failed")]
    check(not bad, f"{len(bad)} wrong programs were not caught for their reason, the first:", bad[:1])
    check(found, "no wrong program was made: this proves nothing")
