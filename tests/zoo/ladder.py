#!/usr/bin/env python3
"""The ladder: check N fails on step N-1, for what step N is about, and passes on step N.

    ladder.py CHECK N
"""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from run import FAIL, INCONCLUSIVE, PASS, TRIES, check  # noqa: E402
from steps import STEPS  # noqa: E402

# What step N has and step N-1 lacks, as a finding of the lesson or a case of the contract.
REASONS = {2: "step02.all-at-once", 3: "step03.one-reply-each", 4: "event-example", 5: "step05.says-no",
           6: "step06.workers-scale", 7: "step07.no-update-is-lost", 8: "step08.shards-scale",
           9: "request-metrics", 10: "step10.nothing-accepted-is-lost"}


def judge(program, step, binary, expected):
    """The check's exit status on that step's binary, and what it names; as expected in one of three tries."""
    reason = REASONS[step]
    phase = ["--finding", reason] if "." in reason else ["--contract-only", "--only", reason]
    path = pathlib.Path(program).resolve().parent / f"step{STEPS[binary]}"
    for _ in range(TRIES):
        status, results = check(program, str(step), "--program", str(path), *phase)
        if status == expected:
            break
    return status, results


def main():
    program, step = sys.argv[1], int(sys.argv[2])
    status, before = judge(program, step, step - 1, FAIL)
    print(f"step {step - 1}: status {status}, {before['id']}: {before['cause']}")
    if status == INCONCLUSIVE:
        return INCONCLUSIVE  # a skipped test: this machine is too busy to tell
    wrong = status != FAIL or not before["id"].startswith(REASONS[step])
    status, own = judge(program, step, step, PASS)
    print(f"step {step}: status {status} {own['id']} {own['cause']}")
    return 1 if wrong else status  # inconclusive: the machine could not show what the step can do


if __name__ == "__main__":
    sys.exit(main())
