"""The n-th allocation of the log fails: nothing hangs, nothing acknowledged is lost, nothing is damaged afterwards.

tests/lab/drivers/lab_memory.cpp, in each durability mode. A process may be ended by it (as by a kill), the log may not.
"""
import os

from harness import check

COUNT, UNIT = 6000, "allocations"


def run(run):
    folder = os.path.join(run.cleanup.folder(where="/dev/shm" if os.path.isdir("/dev/shm") else None), "data")
    # A bus's whole life takes some thousand allocations: the first ones, and from anywhere on.
    half = run.count // 2
    for first in (1, 1 + run.random.randrange(2000)):
        found, _ = run.driver("lab_memory", "--first", first, "--count", half, "--folder", folder)
        run.report.setdefault("digests", []).append(found.pop("digest"))
        run.add(**found)
    # The control: a log that forgets one acknowledged event.
    forgetful, _ = run.driver("lab_memory", "--first", 1_000_000, "--count", 6, "--folder", folder, "--control",
                              ok=(0, 1))
    run.report["control_caught"] = forgetful["wrong"]
    check(forgetful["wrong"] == 6, "a log that forgets an acknowledged event was not caught: this proves nothing")
    check(run.report["struck"] > run.count // 2, "no allocation failed: this proves nothing")
