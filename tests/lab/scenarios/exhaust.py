"""Every call that a short history makes of its disk, refused by every error, one at a time: nothing else fails.

On a simulated disk: tests/lab/drivers/exhaust.cpp.
"""
from harness import check

COUNT, UNIT = 1000, "calls at most, in each of 4 endings; fewer: from a random one on"
ALL = 1000
SHORTEST = 150  # calls that every history makes


def run(run):
    first = 1 if run.count >= ALL else run.random.randint(1, SHORTEST)
    found, words = run.driver("lab_log", "exhaust", "--seed", first, "--count", run.count, ok=(0, 1))
    run.report.update(found)
    forgetful, _ = run.driver("lab_log", "exhaust", "--seed", first, "--count", 2, "--control", ok=(0, 1))
    run.report["control_caught"] = forgetful["wrong"]
    check(forgetful["wrong"] == forgetful["runs"], "a log that forgets an event was not caught: this proves nothing")
    check(found["wrong"] == 0, "\n" + words)
