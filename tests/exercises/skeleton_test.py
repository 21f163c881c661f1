#!/usr/bin/env python3
"""A skeleton fails its own check, for the reasons that its exercise.json names.

    skeleton_test.py 07_mutex_state --root . --bin build/bin --exercises build/exercise [--contract] [--lesson]

Findings of a lesson are called step07.…, cases of the contract are not; each flag looks at one kind. The last step's
exercises have a check of their own. Status 3 where the machine was too busy to tell."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import exercises

LOG_EXERCISES = ("codec", "torn_tail", "cursor", "cas", "chain", "dedup", "reconnect")
INCONCLUSIVE = 3


def check(arguments, *options):
    """Runs the checker; returns its results."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        done = subprocess.run([*map(str, options), "--json", file], capture_output=True, text=True)
        print(done.stdout, done.stderr)
        if done.returncode not in (1, INCONCLUSIVE):
            raise SystemExit(f"{arguments.exercise}: the check ended with status {done.returncode}, not with 1")
        return json.loads(file.read_text(encoding="utf-8"))


def contract_cases(arguments, wanted):
    """The verdict of each case. The skeleton starts as the step would, so cases that need options run, too."""
    verdicts = {}
    for identity in wanted:
        result = check(arguments, arguments.bin / "check", int(arguments.exercise[:2]),
                       "--contract-only", "--only", identity,
                       "--bin", arguments.exercises, "--cases", arguments.root / "tests" / "contract")
        if result["contract"]["trouble"]:
            raise SystemExit(f"{arguments.exercise}: {result['contract']['trouble']}")
        verdicts.update({case["id"]: case["verdict"] for case in result["contract"]["cases"]})
    return verdicts


def lesson_findings(arguments, wanted):
    result = check(arguments, arguments.bin / "check", int(arguments.exercise[:2]), "--bin", arguments.bin,
                   "--program", arguments.exercises / f"step{arguments.exercise}",
                   *(word for identity in wanted for word in ("--finding", identity)))
    return {finding["id"]: finding["verdict"] for finding in result["lesson"]["findings"]}


def log_findings(arguments, wanted):
    verdicts = {}
    for identity in wanted:
        result = check(arguments, sys.executable, arguments.root / "steps/final_station/exercise/check.py",
                       arguments.exercise,
                       "--station", arguments.exercises / arguments.exercise / "station", "--only", identity,
                       "--reference", arguments.bin / "station")
        verdicts.update({finding["id"]: finding["verdict"] for finding in result["lesson"]["findings"]})
    return verdicts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exercise")
    for option in ("--root", "--bin", "--exercises"):
        parser.add_argument(option, type=Path, required=True)
    parser.add_argument("--contract", action="store_true")
    parser.add_argument("--lesson", action="store_true")
    arguments = parser.parse_args()

    fails = exercises.description(exercises.folders(arguments.root)[arguments.exercise])["fails"]
    if arguments.exercise in LOG_EXERCISES:
        verdicts = log_findings(arguments, fails)
    else:
        of_lesson = [identity for identity in fails if identity.startswith("step")]
        verdicts = {}
        if arguments.contract:
            fails = [identity for identity in fails if identity not in of_lesson]
            verdicts.update(contract_cases(arguments, fails))
        if arguments.lesson:
            fails = of_lesson
            verdicts.update(lesson_findings(arguments, of_lesson))
    if not fails:
        raise SystemExit(f"{arguments.exercise}: exercise.json names nothing of this kind")
    wrong = {identity: verdicts.get(identity) for identity in fails if verdicts.get(identity) != "fail"}
    if not wrong:
        return 0
    if all(verdict == "inconclusive" for verdict in wrong.values()):
        return INCONCLUSIVE
    raise SystemExit(f"{arguments.exercise}: should fail, and does not: {wrong}")


if __name__ == "__main__":
    sys.exit(main())
