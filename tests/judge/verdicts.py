"""What the harness and the checks say of a program."""
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

import learner
import programs

LONGEST = 120  # seconds for all cases or scenarios of one program
LONGEST_CHECK = 600
_FAIL = re.compile(r"^FAIL\s+(\S+?):? ", re.MULTILINE)
TOO_LONG = "it never ended"
LOG_CHECK = learner.ROOT / "steps" / "final_station" / "exercise" / "check.py"


class Failure(dict):
    """id: the first that failed; text: all that was said of it."""


def end(process):
    """Ends a program and the processes that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def first_failure(command, longest=LONGEST):
    """Runs a program of the harness until it says FAIL: what it says of that, or None where nothing failed."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL, start_new_session=True)
    said, deadline = b"", time.monotonic() + longest
    patience = longest
    try:
        while True:
            ready, _, _ = select.select([process.stdout], [], [], min(patience, max(0, deadline - time.monotonic())))
            read = os.read(process.stdout.fileno(), 65536) if ready else b""
            said += read
            text = said.decode("utf-8", "replace")
            found = _FAIL.search(text)
            if found and not ready or found and text.count("FAIL  ") > 1:
                break
            if not ready:
                return Failure(id=TOO_LONG, text=text[-2000:])
            if not read:
                break
            patience = 0.3 if found else longest
        if found:
            return Failure(id=found.group(1), text=one_failure(text, found.start()))
        process.wait(timeout=longest)
        return Failure(id=f"status {process.returncode}", text=text[-2000:]) if process.returncode else None
    except subprocess.TimeoutExpired:
        return Failure(id=TOO_LONG, text="")
    finally:
        end(process)
        process.stdout.close()


def one_failure(text, start):
    lines = text[start:].splitlines()
    kept = [lines[0]]
    for line in lines[1:]:
        if line and not line.startswith(" "):
            break
        kept.append(line)
    return "\n".join(kept)


def in_harness(program, kind, rounds):
    """`rounds` runs, the scenarios' from another seed each; where the first one fails, the others look there first."""
    seed = (lambda i: ["--seed", str(1 + i)]) if kind == "explore" and takes_seed(program) else lambda i: []
    first = first_failure([program, *seed(0)])
    if first is None:
        return {"caught": 0, "rounds": 1}
    if first["id"] == TOO_LONG:
        return {"caught": 1, "rounds": 1, **first}
    caught = 1
    for i in range(1, rounds):
        again = first_failure([program, "--only", first["id"], *seed(i)]) or first_failure([program, *seed(i)])
        caught += again is not None
    return {"caught": caught, "rounds": rounds, **first}


def takes_seed(program):
    done = subprocess.run([str(program), "--list", "--seed", "1"], capture_output=True, check=False)
    return done.returncode == 0


def in_check(exercise, program, only=None):
    """The whole check, or one of its findings or cases: (verdict, id, cause)."""
    with tempfile.TemporaryDirectory(prefix="station-judge-") as folder:
        results = pathlib.Path(folder) / "results.json"
        for command in check_commands(exercise, program, results, only):
            status, said = checked(command)
            found = first_finding(results, said)
            if status != 0:
                return {"verdict": {1: "fail", 3: "inconclusive"}.get(status, f"status {status}"), **found}
    return {"verdict": "pass", "id": "", "text": ""}


def check_commands(exercise, program, results, only):
    if exercise in ("codec", "torn_tail", "cursor", "cas", "chain", "dedup", "reconnect"):
        command = [sys.executable, "-B", LOG_CHECK, exercise, "--station", program, "--reference",
                   programs.BUILD / "bin" / "station", "--json", results]
        return [[*command, "--only", only.split(".", 1)[1]] if only else command]
    command = [programs.BUILD / "bin" / "check", str(int(exercise[:2])), "--program", program, "--cases",
               learner.ROOT / "tests" / "contract", "--json", results]
    if only:
        return [[*command, *(["--finding", only] if "." in only else ["--contract-only", "--only", only])]]
    return [[*command, "--contract-only"], [*command, "--lesson-only"]]


def checked(command):
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL, start_new_session=True, cwd=learner.ROOT, text=True,
                               errors="replace")
    try:
        said, _ = process.communicate(timeout=LONGEST_CHECK)
        return process.returncode, said
    except subprocess.TimeoutExpired:
        return 1, TOO_LONG
    finally:
        end(process)


def first_finding(results, said):
    """The first that failed, with its cause."""
    try:
        found = json.loads(results.read_text())
    except (OSError, ValueError):
        return {"id": "no results", "text": said[-2000:]}
    findings = [*(found.get("contract") or {}).get("findings", []), *(found.get("lesson") or {}).get("findings", [])]
    first = next((one for one in findings if one["verdict"] == "fail"), {})
    return {"id": first.get("id") or found.get("id", ""), "text": first.get("cause") or found.get("cause", "")}
