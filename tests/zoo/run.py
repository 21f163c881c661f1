#!/usr/bin/env python3
"""Is every planted bug caught, and for its own reason? And does nothing that is right fail?

    run.py CHECK BUG                   one bug: status 0 where the whole check names it first, in one of three tries
                                       (what ctest does)
    run.py CHECK --rounds 10           every bug ten times, and the table of docs/trust.md
    run.py CHECK --false-alarms 50     every step's whole check fifty times, while others keep all cores busy

CHECK is build/bin/check; the programs are in build/zoo. A check that is inconclusive is run again, twice at most: the
machine may have been too busy to tell, and then the check must say so instead of naming a wrong cause. In a table what
stays so counts as escaped, and so does every miss. Where one bug is hunted, a miss is tried again as well, since one bad
second of a machine is no verdict; inconclusive to the end is status 3, which is a skipped test.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "contract"
PASS, FAIL, INCONCLUSIVE = 0, 1, 3
TRIES = 3
TOO_BUSY = "inconclusive, again and again"


def check(program, *arguments):
    """Returns the exit status, and the results."""
    with tempfile.NamedTemporaryFile(suffix=".json") as results:
        done = subprocess.run([program, *arguments, "--cases", str(CASES), "--json", results.name], capture_output=True,
                              text=True)
        text = pathlib.Path(results.name).read_text()
        return done.returncode, json.loads(text) if text else {"id": "", "cause": done.stderr}


def hunt_in_tries(program, animal, is_final):
    """Hunts until what came `is_final`, TRIES times at most. Returns what came last."""
    for _ in range(TRIES):
        miss = hunt(program, animal)
        if is_final(miss):
            break
    return miss


def hunt(program, animal):
    """Returns None where the whole check names the bug first, and for its reason; or what it named instead."""
    path = pathlib.Path(program).resolve().parent.parent / "zoo" / animal["name"]
    status, results = check(program, str(animal["step"]), "--program", str(path), *animal.get("options", []))
    if status == INCONCLUSIVE:
        return TOO_BUSY
    if status != FAIL:
        return f"status {status} of {animal['caught']}"
    if results["id"] != animal["caught"] or animal["cause"] not in results["cause"]:
        return f"{results['id']}: {results['cause']}"
    return None


def hunt_all(program, animals, rounds):
    escaped = 0
    print("| bug | step | caught | by | cause |\n| --- | --- | --- | --- | --- |")
    for animal in animals:
        hunts = [hunt_in_tries(program, animal, lambda miss: miss != TOO_BUSY) for _ in range(rounds)]
        misses = [miss for miss in hunts if miss]
        escaped += len(misses)
        print(f"| {animal['bug']} (`{animal['name']}`) | {animal['step']} | {rounds - len(misses)}/{rounds} | "
              f"`{animal['caught']}` | {animal['cause'] or 'the two lines'} |", flush=True)
        for miss in misses:
            print(f"escaped: {animal['name']}: {miss}", file=sys.stderr, flush=True)
    return escaped


def hunt_once(program, animal):
    miss = hunt_in_tries(program, animal, lambda miss: miss is None)
    print(f"{animal['name']}: {miss or 'caught by ' + animal['caught']}")
    return 0 if miss is None else INCONCLUSIVE if miss == TOO_BUSY else 1


def false_alarms(program, steps, rounds):
    """Whole checks of the repository's own steps beside one process a core that does nothing but keep it busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
    alarms = 0
    try:
        print("| step | runs | pass | inconclusive | fail |\n| --- | --- | --- | --- | --- |")
        for step in steps:
            seen = collections.Counter()
            for _ in range(rounds):
                status, results = check(program, str(step))
                seen[status] += 1
                if status not in (0, INCONCLUSIVE):
                    print(f"false alarm: step {step}: {results['id']}: {results['cause']}", file=sys.stderr, flush=True)
            alarms += rounds - seen[0] - seen[INCONCLUSIVE]
            print(f"| {step} | {rounds} | {seen[0]} | {seen[INCONCLUSIVE]} | "
                  f"{rounds - seen[0] - seen[INCONCLUSIVE]} |", flush=True)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    return alarms


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("check")
    parser.add_argument("bugs", nargs="*")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--false-alarms", type=int, default=0)
    parser.add_argument("--steps", type=int, nargs="*", default=range(1, 11))
    options = parser.parse_args()
    if options.false_alarms:
        return 1 if false_alarms(options.check, options.steps, options.false_alarms) else 0
    animals = json.loads((HERE / "animals.json").read_text())
    unknown = set(options.bugs) - {animal["name"] for animal in animals}
    if unknown:
        parser.error(f"no such bug: {', '.join(sorted(unknown))}")
    chosen = [animal for animal in animals if not options.bugs or animal["name"] in options.bugs]
    if len(chosen) == 1 and options.rounds == 1:
        return hunt_once(options.check, chosen[0])
    return 1 if hunt_all(options.check, chosen, options.rounds) else 0


if __name__ == "__main__":
    sys.exit(main())
