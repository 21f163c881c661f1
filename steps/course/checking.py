"""Checks a program of an exercise: the learner's, the skeleton, the repository's own, or any command."""
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import sys
import tempfile
import typing

from . import places, processes, progress
from .say import FAIL, INCONCLUSIVE, PASS, Stop, trouble

VERDICTS = {PASS: "pass", FAIL: "fail", INCONCLUSIVE: "inconclusive"}
CASES = places.ROOT / "tests" / "contract"


@dataclasses.dataclass
class Subject:
    """What is checked."""
    label: str                                 # work, skeleton, reference, command
    path: typing.Optional[pathlib.Path] = None # of a binary
    command: typing.Optional[str] = None       # of a server in any language
    folder: pathlib.Path = places.HERE         # where the command is run


@dataclasses.dataclass
class Outcome:
    status: int
    verdict: str
    cause: str = ""
    next: str = ""
    seconds: float = 0
    findings: list = dataclasses.field(default_factory=list)
    finding: str = ""   # the one that the verdict is about, where it is no pass


def tool_targets(exercise):
    """What must be built beside the program itself: the checker, the repository's own step, and those under it."""
    if exercise.step is None:
        return ["bin/station"]
    names = sorted(path.name for path in (places.ROOT / "steps").glob("[0-9][0-9]_*"))
    return ["bin/check"] + [f"bin/step{name}" for name in names if int(name[:2]) <= exercise.step]


@contextlib.contextmanager
def alone():
    """One build and check at a time: two checks would measure each other."""
    places.BUILD.mkdir(parents=True, exist_ok=True)
    with open(places.BUILD / "check.lock", "a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another check runs here; this one waits, since two would disturb each other", file=sys.stderr,
                  flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _near(path, folder):
    """As short as the checker, which runs in that folder, can still find it: it tells people the path."""
    return os.path.relpath(path, folder) if folder in pathlib.Path(path).parents else path


def _step_command(exercise, subject, options, json_file, trace, history):
    command = [places.BIN / "check", exercise.step, "--bin", places.BIN, "--cases", CASES, "--json", json_file,
               "--label", subject.label]
    if trace:
        command += ["--trace", _near(trace, subject.folder)]
    if history:
        command += ["--history", places.HISTORY]
    if subject.command:
        command += ["--cmd", subject.command]
    elif subject.label == "reference":
        command += ["--reference"]
    elif subject.path:
        command += ["--program", _near(subject.path, subject.folder)]
    return command + options


def _last_step_command(exercise, subject, options, json_file, trace):
    if subject.command:
        raise Stop(f"{exercise.key} is a piece of the station in C++: its check takes no other program", 2)
    command = [sys.executable, "-B", exercise.folder.parent / "check.py", exercise.key, "--station", subject.path,
               "--reference", places.BIN / "station", "--json", json_file]
    if trace:
        command += ["--trace", _near(trace, subject.folder)]
    return command + options


def _read(json_file):
    try:
        results = json.loads(pathlib.Path(json_file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return results if isinstance(results, dict) else {}


def _findings(results):
    """The findings of the lesson, wherever the checker puts them, and the contract's cases that failed."""
    found = results.get("findings") or (results.get("lesson") or {}).get("findings") or []
    cases = (results.get("contract") or {}).get("cases") or []
    return [one for one in cases if one.get("verdict") == "fail"] + [one for one in found if isinstance(one, dict)]


def _outcome(status, results):
    if status not in VERDICTS:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return Outcome(INCONCLUSIVE if status < 0 else status, "died", f"the checker itself {how}")
    findings = _findings(results)
    first = next((one for one in findings if one.get("verdict") == VERDICTS[status]), {}) if status != PASS else {}
    said = {key: results.get(key) or first.get(key) or "" for key in ("cause", "next", "id")}
    return Outcome(status, VERDICTS[status], said["cause"] or first.get("name", ""), said["next"],
                   results.get("seconds") or 0, findings, said["id"])


def _append_history(exercise, subject, outcome):
    kept = ("id", "measured", "unit", "ratio", "verdict")
    findings = [{key: one.get(key) for key in kept} for one in outcome.findings]
    line = {"time": progress.now(), "step": exercise.name, "program": subject.label, "verdict": outcome.verdict,
            "seconds": outcome.seconds, "findings": findings}
    with open(places.HISTORY, "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def run(exercise, subject, options=(), json_file=None, trace=None, history=False, limit=None, output=None):
    """Runs the check to its end. Its output goes to `output`, or where this program's goes. TimeUp after `limit`."""
    if history:
        places.WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="station-check-") as folder:
        file = json_file or pathlib.Path(folder, "results.json")
        if exercise.step is None:
            command = _last_step_command(exercise, subject, list(options), file, trace)
        else:
            command = _step_command(exercise, subject, list(options), file, trace, history)
        sys.stdout.flush()
        status = processes.run(command, limit, cwd=subject.folder, stdout=output, stderr=output)
        outcome = _outcome(status, _read(file))
    if history and exercise.step is None:
        _append_history(exercise, subject, outcome)
    return outcome


def remember(exercise, subject, outcome):
    """Marks the result in progress.json. That it can't be written is no reason to hide it."""
    try:
        with progress.change() as changed:
            changed.checked(exercise, subject.label, outcome.verdict, finding=outcome.finding,
                            cause=outcome.cause, next=outcome.next)
    except OSError as error:
        trouble(f"the result could not be written to {places.shown(places.PROGRESS)}: {error.strerror or error}")
