#!/usr/bin/env python3
"""The checker is checked: each bug of wrong_servers.py fails the case that is meant to catch it, and no bug passes.

    checker_test.py CHECK [BUG…]     where CHECK is the program
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import wrong_servers

HERE = pathlib.Path(__file__).resolve().parent


def run_check(check, bug, folder, patience):
    """Returns the exit status, and the results."""
    server = [sys.executable, str(HERE / "wrong_servers.py"), "--bug", bug, "--port"]
    results = pathlib.Path(folder) / f"{bug}.json"
    results.unlink(missing_ok=True)
    command = [check, "4", "--contract-only", "--cases", str(HERE), "--json", str(results), "--all",
               *patience]
    if bug != "none":
        group = wrong_servers.BUGS[bug][0].split("-")[0]
        command += ["--only", f"{group}-"]
    done = subprocess.run([*command, "--cmd", f"exec {shlex.join(server)} {{port}}"], capture_output=True, text=True)
    return done.returncode, json.loads(results.read_text()) if results.exists() else done.stderr


def judge(check, bug, folder, *patience):
    """Returns what is wrong with the verdict on this bug, or nothing; and how many cases failed."""
    status, results = run_check(check, bug, folder, patience)
    if isinstance(results, str):
        return f"no results: {results}", 0
    contract = results["contract"]
    failed = [case["id"] for case in contract["cases"] if case["verdict"] == "fail"]
    if bug == "none":
        good = status == 0 and not failed and not contract["trouble"]
        return None if good else f"a right server: status {status}, failed {failed}, {contract['trouble']}", len(failed)
    wanted = wrong_servers.BUGS[bug][0]
    if status == 1 and wanted in failed:
        return None, len(failed)
    return f"status {status}, {wanted} did not fail, but {failed[:10]}, {contract['trouble']}", len(failed)


def judge_soon(check, bug, folder):
    return judge(check, bug, folder, *([] if bug == "none" else ["--patience", "1"]))


def main():
    check, *bugs = sys.argv[1:]
    bugs = bugs or ["none", *wrong_servers.BUGS]
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda bug: judge_soon(check, bug, folder), bugs))
        for bug, (problem, failed) in zip(bugs, verdicts):
            if problem:  # or the machine had no time for it: alone, and with patience, that makes no difference
                print(f"{bug:28} once more, for it was: {problem}", flush=True)
                problem, failed = judge(check, bug, folder, "--patience", "30")
            wrong += problem is not None
            print(f"{bug:28} {problem or 'ok'} ({failed} cases failed)", flush=True)
    print(f"{len(bugs)} servers, {wrong} verdicts wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
