"""Random histories on a simulated disk and clock, thousands a minute, against the simplest model there is.

tests/lab/drivers/history.cpp. That it finds bugs is shown by tests/lab/planted.py, which plants some.
"""
import os

from harness import check

COUNT, UNIT = 2000, "histories"


def run(run):
    jobs = os.cpu_count() or 1
    found, words = run.driver("lab_log", "simulate", "--seed", run.seed, "--count", run.count, "--jobs", jobs,
                              ok=(0, 1))
    run.report.update(found)
    check(found["failed_seed"] is None, words[-3000:])
    check(found["lost_as_promised"] > 0, "no power cut took anything, not even in `os`: this proves nothing")
