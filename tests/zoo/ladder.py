#!/usr/bin/env python3
"""The ladder: check N fails on step N-1, for what step N is about, and passes on step N.

    ladder.py CHECK N
"""
import pathlib
import sys

from run import FAIL, INCONCLUSIVE, PASS, TRIES, check

# What step N has and step N-1 lacks, as a finding of the lesson or a case of the contract.
REASONS = {2: "step02.all-at-once", 3: "step03.one-reply-each", 4: "event-example", 5: "step05.says-no",
           6: "step06.workers-scale", 7: "step07.no-update-is-lost", 8: "step08.shards-scale",
           9: "request-metrics", 10: "step10.nothing-accepted-is-lost"}
BINARIES = ["step01_blocking_echo", "step02_async_echo", "step03_json_parsing", "step04_in_task_processing",
            "step05_bounded_channel", "step06_worker_threads", "step07_mutex_state", "step08_sharded_map",
            "step09_atomic_metrics", "step10_graceful_shutdown"]


def judge(program, step, binary, expected):
    """The check's exit status on that step's binary, and what it names; as expected in one of three tries."""
    reason = REASONS[step]
    phase = ["--finding", reason] if "." in reason else ["--contract-only", "--only", reason]
    path = pathlib.Path(program).resolve().parent / BINARIES[binary - 1]
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
