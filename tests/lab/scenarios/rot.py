"""Any byte of any file flipped, removed, cut off or swapped with another topic's: never silence, never a wrong event.

On a simulated disk: tests/lab/drivers/rot.cpp.
"""
from harness import check

COUNT, UNIT = 100_000, "changes"


def run(run):
    found, _ = run.driver("lab_log", "rot", "--seed", run.seed, "--count", run.count)
    run.report.update(found)
    silent, _ = run.driver("lab_log", "rot", "--seed", run.seed, "--count", 500, "--control", ok=(0, 1))
    run.report["control_caught"] = silent["wrong"]
    check(silent["wrong"] > 0, "a reader that passes over damage in silence was not caught: this proves nothing")
