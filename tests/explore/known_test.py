"""The explorer finds each known fault, for its kind, within its schedules, and nothing in the right twins; what it
found, it finds again, byte for byte, in another process. ThreadSanitizer finds the races among them, too.

    known_test.py --explore build/bin/known_explore --race build/bin/known_race [--schedules N]

--schedules 10000 looks for false alarms. --seeds N measures instead: the schedules until each fault is found, over N
seeds.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

KINDS = {
    "wrong-dekker-with-acquire": "assertion",
    "wrong-destroyed-while-used": "race",
    "wrong-exception-uncaught": "crash",
    "wrong-flag-never-set": "spin",
    "wrong-if-around-a-wait": "assertion",
    "wrong-lock-let-go-between": "assertion",
    "wrong-locked-again": "deadlock",
    "wrong-looks-and-then-waits": "lost-wake-up",
    "wrong-made-by-a-plain-flag": "race",
    "wrong-no-signal-at-the-end": "lost-wake-up",
    "wrong-notify-one-of-two": "lost-wake-up",
    "wrong-null-in-one-order": "crash",
    "wrong-place-not-given-back": "assertion",
    "wrong-plain-flag-in-a-loop": "spin",
    "wrong-reader-without-the-lock": "race",
    "wrong-received-first": "assertion",
    "wrong-relaxed-load": "race",
    "wrong-relaxed-snapshot": "assertion",
    "wrong-relaxed-store": "race",
    "wrong-size-before-the-lock": "assertion",
    "wrong-two-locks-crossed": "deadlock",
    "wrong-wait-without-notify": "lost-wake-up",
    "wrong-writer-shares-the-lock": "race",
}

# What a learner reads: one story for each kind.
STORIES = {
    "wrong-received-first": ["reader reads received: 0", "worker changes received from 0 to 1",
                             "worker changes processed from 0 to 1", "reader reads processed: 1",
                             "reader finds: more was done than came in"],
    "wrong-two-locks-crossed": ["first waits for b, which second holds, for ever",
                                "second waits for a, which first holds, for ever"],
    "wrong-relaxed-snapshot": ["reader reads an old value of received: 0, while it is 1 by now"],
    "wrong-relaxed-store": ["writer writes data: 41", "reader reads data: 41"],
    "wrong-looks-and-then-waits": ["taker sleeps on filled_, for ever"],
    "wrong-lock-let-go-between": ["worker 1 reads balance_: 0", "worker 2 reads balance_: 0"],
}


def run(program, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "findings.json"
        done = subprocess.run([program, *arguments, "--json", file], capture_output=True, text=True)
        assert done.returncode in (0, 1), f"{program} {arguments}: status {done.returncode}, {done.stderr}"
        results = json.loads(file.read_text())
        assert (done.returncode == 1) == (results["verdict"] == "fail"), "status and verdict differ"
        return {finding["id"].partition(".")[2]: finding for finding in results["findings"]}, done.stdout


def told(finding):
    return [f"{line['thread']} {line['what']}" for line in finding.get("story", [])]


def judge(findings):
    listed = set(KINDS) | {id for id in findings if id.startswith("right-")}
    assert set(findings) == listed, f"scenarios and table differ: {set(findings) ^ listed}"
    wrong = []
    for id, finding in findings.items():
        expected = KINDS.get(id, "none")
        if finding.get("kind", "none") != expected:
            wrong.append(f"{id}: {finding.get('kind')}, not {expected}: {finding.get('cause')}")
        elif expected != "none" and not finding["story"]:
            wrong.append(f"{id}: there is no story")
    for id, lines in STORIES.items():
        wrong += [f"{id}: nothing says '{line}' in {told(findings[id])}" for line in lines
                  if line not in told(findings[id])]
    assert not wrong, "\n".join(wrong)


def replays(program, findings):
    """The same seed tells the same story, in a search and alone, twice."""
    for id in KINDS:
        if KINDS[id] == "spin":
            continue  # seconds each
        arguments = ["--replay", str(findings[id]["seed"]), "--only", f"explore.{id}"]
        once, _ = run(program, *arguments)
        again, _ = run(program, *arguments)
        for field in ("kind", "cause", "story"):
            assert once[id][field] == again[id][field] == findings[id][field], f"{id}: another {field} of its seed"


def races(program, findings):
    """ThreadSanitizer agrees, and has nothing against what is right."""
    found, _ = run(program, "--times", "20", "--only", "race.wrong-reader-without-the-lock")
    finding = found["wrong-reader-without-the-lock"]
    assert finding["kind"] == "race" and any("locks.cpp" in frame for frame in finding["stack"]), finding
    found, _ = run(program, "--times", "20", "--only", "race.right-balance")
    assert found["right-balance"]["verdict"] == "pass", found


def usage(program):
    for arguments in (["--schedules"], ["--schedules", "many"], ["--unknown"], ["--only", "explore.none"]):
        done = subprocess.run([program, *arguments], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr, f"{arguments}: status {done.returncode}"
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout
    assert "explore.right-channel\tWhat is pushed comes out once, and it ends\n" in listed, listed


def measure(program, seeds):
    print("| fault | kind | schedules until found: median of", seeds, "seeds | most |\n| --- | --- | ---: | ---: |")
    for id, kind in KINDS.items():
        if kind == "spin":
            continue
        counts = []
        for seed in range(seeds):
            findings, _ = run(program, "--only", f"explore.{id}", "--seed", str(1 + 100_000 * seed))
            assert findings[id].get("kind") == kind, f"{id}, seed {seed}: {findings[id]}"
            counts.append(findings[id]["schedules"])
        print(f"| `{id}` | {kind} | {statistics.median(counts):g} | {max(counts)} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--explore", required=True)
    parser.add_argument("--race", required=True)
    parser.add_argument("--schedules", default="1000")
    parser.add_argument("--seeds", type=int)
    options = parser.parse_args()
    if options.seeds:
        return measure(options.explore, options.seeds)
    usage(options.explore)
    findings, _ = run(options.explore, "--schedules", options.schedules)
    judge(findings)
    replays(options.explore, findings)
    races(options.race, findings)


if __name__ == "__main__":
    main()
