"""Checks a program of an exercise: the learner's, the skeleton, the repository's own, or any command."""
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import sys
import tempfile
import time
import typing

from . import pieces, places, processes, progress, requirements
from .say import FAIL, INCONCLUSIVE, PASS, Stop, trouble

VERDICTS = {PASS: "pass", FAIL: "fail", INCONCLUSIVE: "inconclusive"}
CASES = places.ROOT / "tests" / "contract"
ALL = "--all"   # what comes behind the first failure, too


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
    requirements: dict = dataclasses.field(default_factory=dict)   # of each line of "What must hold", what was seen


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
    return command + [word for word in options if word != ALL]   # it always runs all


def _read(json_file):
    try:
        results = json.loads(pathlib.Path(json_file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return results if isinstance(results, dict) else {}


def _all_findings(results):
    """The contract's cases, and the findings of the lesson, wherever the checker puts them."""
    found = results.get("findings") or (results.get("lesson") or {}).get("findings") or []
    cases = (results.get("contract") or {}).get("cases") or []
    return [one for one in [*cases, *found] if isinstance(one, dict)]


def _findings(results):
    """Those that tell of the program: of the contract's hundreds of cases only what failed."""
    return [one for one in _all_findings(results) if one.get("verdict") == "fail" or "name" not in one]


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
    """The schema is that of loadgen/lesson/history.hpp, which reads it."""
    line = {"time": progress.now(), "step": exercise.step or exercise.name, "program": subject.label,
            "verdict": outcome.verdict, "seconds": outcome.seconds, "findings": outcome.findings}
    with open(places.HISTORY, "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _run_pieces(exercise, subject, stop, limit, output):
    """The findings of the piece alone. `stop`: not further than to the first stage that fails."""
    findings = []
    for stage in pieces.stages(exercise, subject):
        findings += pieces.run(exercise, stage, stop, limit, output)
        if stop and any(one["verdict"] == "fail" for one in findings):
            break
    return findings


def _failed_alone(findings):
    first = next(one for one in findings if one["verdict"] == "fail")
    return Outcome(FAIL, VERDICTS[FAIL], first["cause"], first.get("next") or first["title"], findings=findings,
                   finding=first["id"])


def _run_black_box(exercise, subject, options, file, trace, history, limit, output):
    if exercise.step is None:
        command = _last_step_command(exercise, subject, options, file, trace)
    else:
        command = _step_command(exercise, subject, options, file, trace, history)
    sys.stdout.flush()
    return _outcome(processes.run(command, limit, cwd=subject.folder, stdout=output, stderr=output), _read(file))


def _write_results(file, exercise, outcome, alone):
    """The checker's results, and what it can't know: the piece's own findings, and the requirements."""
    results = _read(file) or {"step": exercise.step or exercise.name}
    if any(one["verdict"] == "fail" for one in alone):
        results.update(verdict=outcome.verdict, id=outcome.finding, cause=outcome.cause, next=outcome.next)
    results.update(piece={"findings": alone}, requirements=outcome.requirements)
    try:
        pathlib.Path(file).write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise Stop(f"the results could not be written to {file}: {error.strerror}") from None


def run(exercise, subject, options=(), json_file=None, trace=None, history=False, limit=None, output=None, alone=True):
    """Runs the check to its end. Its output goes to `output`, or where this program's goes. TimeUp after `limit`.

    `alone`: the piece by itself, too, before the black box, which then only runs where nothing is wrong with the piece.
    """
    if history:
        places.WORK.mkdir(parents=True, exist_ok=True)
    options = list(options)
    is_all = ALL in options
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="station-check-") as folder:
        file = json_file or pathlib.Path(folder, "results.json")
        findings = _run_pieces(exercise, subject, not is_all, limit, output) if alone else []
        failed = any(one["verdict"] == "fail" for one in findings)
        if failed and not is_all:
            outcome = _failed_alone(findings)
            if json_file:
                pathlib.Path(json_file).unlink(missing_ok=True)
        else:
            outcome = _run_black_box(exercise, subject, options, file, trace, history, limit, output)
            history = history and exercise.step is None   # the steps' checker has written its line itself
            if failed and outcome.verdict != "died":
                outcome = dataclasses.replace(_failed_alone(findings), findings=findings + outcome.findings)
        outcome.seconds = outcome.seconds or round(time.monotonic() - begin, 1)
        if outcome.verdict == "died":
            return outcome
        outcome.requirements = requirements.judge(exercise, findings + _all_findings(_read(file)))
        if json_file:
            _write_results(json_file, exercise, outcome, findings)
    if history:
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
