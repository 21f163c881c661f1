#!/usr/bin/env python3
"""The suite is checked: each bug of wrong_server.py fails the case that is meant to catch it, and no bug fails none.

    suite_test.py [BUG…]
"""
import sys

import wrong_server
from conformance import Suite, run_suite


def judge(bug):
    """Returns what is wrong with the verdict on this bug, or nothing."""
    server = wrong_server.serve(bug)
    wanted = wrong_server.BUGS.get(bug, "")
    try:
        suite = Suite(server.server_address, "/echo", 20 if bug == "none" else 0.5, wrong_server.MAX_MESSAGE, compress=True)
        sections, failures = run_suite(suite, wanted)
    finally:
        server.shutdown()
        server.server_close()
    if bug == "none":
        return f"a right server fails {failures}" if failures or not sections else None
    if not sections:
        return f"there is no case {wanted!r}"
    caught = any(failure.startswith(wanted + ":") for failure in failures)
    return None if caught else f"{wanted!r} does not fail"


def main():
    bugs = sys.argv[1:] or ["none", *wrong_server.BUGS]
    wrong = 0
    for bug in bugs:
        problem = judge(bug)
        wrong += problem is not None
        print(f"{bug:34} {problem or 'ok'}", flush=True)
    print(f"{len(bugs)} servers, {wrong} verdicts wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
