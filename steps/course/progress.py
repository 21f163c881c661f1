"""What a learner has done: work/progress.json, indented for people, replaced as a whole or not at all.

    {"format": 1, "at": "05_bounded_channel", "exercises": {"05_bounded_channel": {"started": …, "hints": 1, …}}}

A file that can't be read is kept under another name, and what history.jsonl knows is read back from there: nothing
that a learner achieved is lost. Keys that this version does not know stay. Two verbs at once wait for each other.
"""
import contextlib
import datetime
import fcntl
import json
import os
import tempfile

from . import places
from .exercises import all_exercises
from .say import Stop, plural, trouble

FORMAT = 1
OWN = ("work", "command")   # the programs whose passing counts


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def unused(path):
    """The path, or with -2, -3, … behind it where it is taken."""
    candidate, number = path, 1
    while candidate.exists() or candidate.is_symlink():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate


class Progress:
    def __init__(self, data):
        self.data = data

    def of(self, exercise):
        return self.data["exercises"].get(exercise.name, {})

    def note(self, exercise, **facts):
        self.data["exercises"].setdefault(exercise.name, {}).update(facts)

    def has_passed(self, exercise):
        return "passed" in self.of(exercise)

    def current(self):
        """The exercise one is at: the one touched last, if it has not passed; otherwise the first that has not."""
        open_ones = [one for one in all_exercises() if one.exists and not self.has_passed(one)]
        return next((one for one in open_ones if one.name == self.data.get("at")), open_ones[0] if open_ones else None)

    def begin(self, exercise):
        if "started" not in self.of(exercise):
            self.note(exercise, started=now())
        self.data["at"] = exercise.name

    def begin_again(self, exercise):
        before = self.of(exercise)
        fresh = {"started": now(), "resets": before.get("resets", 0) + 1}
        if before.get("passed") or before.get("passed_before"):
            fresh["passed_before"] = before.get("passed") or before["passed_before"]
        if "solution_seen" in before:
            fresh["solution_seen"] = before["solution_seen"]
        self.data["exercises"][exercise.name] = fresh
        self.data["at"] = exercise.name

    def checked(self, exercise, program, verdict, **facts):
        """A check has ended. `verdict`: pass, fail, inconclusive, or "does not compile"."""
        self.begin(exercise)
        last = {"time": now(), "program": program, "verdict": verdict}
        last.update({name: value for name, value in facts.items() if value})
        self.note(exercise, checks=self.of(exercise).get("checks", 0) + 1, last=last)
        if verdict == "pass" and program in OWN and not self.has_passed(exercise):
            self.note(exercise, passed=now(), passed_with=program)


def empty():
    return {"format": FORMAT, "exercises": {}}


def _complaint(data):
    if not isinstance(data, dict) or not isinstance(data.get("exercises"), dict):
        return "it does not have the shape of a progress file"
    wrong = [name for name, entry in data["exercises"].items() if not isinstance(entry, dict)]
    if wrong:
        return f"what it says of {wrong[0]} has no meaning"
    numbers = [entry.get(key, 0) for entry in data["exercises"].values() for key in ("hints", "checks", "resets")]
    if not all(isinstance(number, int) for number in numbers):
        return "a number in it is none"
    if not all(isinstance(entry.get("last", {}), dict) for entry in data["exercises"].values()):
        return "what it says of a last check has no meaning"
    return None


def _history():
    """The learner's own runs: exercise, program, verdict, time. Lines that can't be read are skipped."""
    exercises = {str(one.step or one.name): one for one in all_exercises()}
    try:
        lines = places.HISTORY.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            run = json.loads(line)
            if run["program"] in OWN:
                yield exercises[str(run["step"])], run["program"], str(run["verdict"]), str(run["time"])
        except (ValueError, KeyError, TypeError):
            continue


def _from_history():
    progress = Progress(empty())
    passes = {}
    for exercise, program, verdict, time in _history():
        progress.checked(exercise, program, verdict)
        progress.of(exercise)["last"]["time"] = time
        if verdict == "pass":
            passes.setdefault(exercise.name, time)
    for name, time in passes.items():
        progress.data["exercises"][name]["passed"] = time
    for exercise in all_exercises():
        if exercise.exists and any(path.is_file() for path in exercise.edited):
            progress.begin(exercise)
    progress.data.pop("at", None)
    return progress


def _set_aside(why):
    kept = unused(places.PROGRESS.with_name(f"{places.PROGRESS.name}.broken-{stamp()}"))
    os.rename(places.PROGRESS, kept)
    progress = _from_history()
    passed = sum(progress.has_passed(one) for one in all_exercises())
    trouble(f"{places.shown(places.PROGRESS)} can't be read ({why}). It is kept as {places.shown(kept)}; "
            f"{plural(passed, 'pass')} read back from {places.shown(places.HISTORY)}.")
    _save(progress)
    return progress


def _load():
    try:
        data = json.loads(places.PROGRESS.read_bytes().decode("utf-8"))
        why = _complaint(data)
    except FileNotFoundError:
        return Progress(empty())
    except (ValueError, RecursionError) as error:
        why = str(error) or "nested too deeply"
    except OSError as error:
        raise Stop(f"{places.shown(places.PROGRESS)} can't be read: {error.strerror}") from None
    if why:
        return _set_aside(why)
    if data.get("format", FORMAT) != FORMAT:
        raise Stop(f"{places.shown(places.PROGRESS)} has format {data['format']!r}, this version knows {FORMAT}: "
                   "update the repository, or move the file away")
    return Progress(data)


def _save(progress):
    target = os.path.realpath(places.PROGRESS)
    handle, temporary = tempfile.mkstemp(prefix=".progress-", dir=os.path.dirname(target))
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(progress.data, file, indent=2, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


@contextlib.contextmanager
def _locked():
    places.WORK.mkdir(parents=True, exist_ok=True)
    with open(places.WORK / ".lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read():
    if not places.PROGRESS.exists():
        return Progress(empty())
    with _locked():
        return _load()


@contextlib.contextmanager
def change():
    """`with change() as progress:` keeps what the block changes, if it ends well."""
    with _locked():
        progress = _load()
        yield progress
        _save(progress)
