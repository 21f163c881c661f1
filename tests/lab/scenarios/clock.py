"""Time standing still, jumping back a day and ahead a year: ids and times stay in order, look-ups by time still answer.

The log's clock is replaced: tests/lab/drivers/clock.cpp.
"""
from harness import check

COUNT, UNIT = 500, "histories"


def run(run):
    found, _ = run.driver("lab_log", "clock", "--seed", run.seed, "--count", run.count)
    run.report.update(found)
    trusting, _ = run.driver("lab_log", "clock", "--seed", run.seed, "--count", 20, "--control", ok=(0, 1))
    run.report["control_caught"] = trusting["wrong"]
    check(trusting["wrong"] > 0, "a log that takes the clock's word was not caught: this proves nothing")
