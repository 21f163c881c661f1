"""./dev next and ./dev progress."""
import json

from . import exercises, places, progress
from .check import pick
from .say import PASS, bold, item, plural, table, tell, usage, wrapped


def _state(done, exercise):
    entry = done.of(exercise)
    if not exercise.exists:
        return "no exercise"
    if "passed" in entry:
        text = f"passed {entry['passed'][:10]}"
        if entry.get("solution_seen_before_passing"):
            text += ", solution seen first"
        return text
    last = entry.get("last")
    if last:
        return "fails" if last.get("verdict") == "fail" else str(last.get("verdict", ""))
    return "started" if "started" in entry else "-"


def _rows(done):
    for exercise in exercises.all_exercises():
        entry = done.of(exercise)
        hints = f"{entry.get('hints', 0)} of {len(exercise.hints)}" if exercise.exists else "-"
        last = entry.get("last", {})
        why = last.get("finding") or "" if last.get("verdict") == "fail" and "passed" not in entry else ""
        yield [exercise.key, exercise.title if exercise.exists else exercise.name, _state(done, exercise),
               str(entry.get("checks", 0)), hints, why]


def _as_json(done):
    rows = []
    for exercise in exercises.all_exercises():
        rows.append({"exercise": exercise.name, "step": exercise.step, "available": exercise.exists,
                     "has_passed": done.has_passed(exercise), **done.of(exercise)})
    current = done.current()
    return {"at": current.name if current else None, "passed": sum(row["has_passed"] for row in rows), "of": len(rows),
            "exercises": rows}


def show_progress(words):
    if words not in ([], ["--json"]):
        raise usage(f"what is {words[0]}? ./dev progress, or ./dev progress --json")
    done = progress.read()
    if words:
        print(json.dumps(_as_json(done), indent=2, ensure_ascii=False))
        return PASS
    rows = [["", "exercise", "state", "checks", "hints", "last failure"], *_rows(done)]
    table(rows, plain=("exercise", "state"))
    passed = sum(done.has_passed(one) for one in exercises.all_exercises())
    current = done.current()
    at = f"you are at {current.key}: ./dev next" if current else "all that is here"
    print(f"\n{passed} of {len(rows) - 1} pass; {at}")
    return PASS


def _show_last(exercise, last):
    verdict = last.get("verdict")
    tell(f"last check: {verdict}, {last.get('time', '')}" + (f", {last['finding']}" if last.get("finding") else ""),
         further="  ")
    if last.get("cause"):
        print(wrapped(last["cause"], "  "))
    if last.get("next"):
        print(wrapped("next: " + last["next"], "  "))
    if verdict == "fail" and exercise.latest.exists():
        tell(f"trace: {places.shown(exercise.latest)}   (./dev replay {exercise.key} drives it again)", "  ", "    ")


def _show_untouched(exercise):
    item("read", places.shown(exercise.lesson))
    item("see", f"./dev run {exercise.key if exercise.step else 'final'}   (how it hurts: the README's commands)")
    print(f"\nNext: ./dev start {exercise.key}")


def show_next(words):
    done = progress.read()
    if words:
        exercise, rest = pick(words)
        if rest:
            raise usage(f"what is {rest[0]}? ./dev next takes an exercise at most")
    else:
        exercise = done.current()
    everything = exercises.all_exercises()
    passed = sum(done.has_passed(one) for one in everything)
    if exercise is None:
        tell(f"{passed} of {len(everything)} pass: nothing is left to do here.")
        tell("\nNext: a stretch task (the end of each exercise's README.md), or ./dev run final, to use what you have "
             "built")
        return PASS
    tell(f"You are at {bold(f'{exercise.key}, {exercise.title}')}; {passed} of {len(everything)} pass")
    print()
    entry = done.of(exercise)
    if not exercise.is_started:
        _show_untouched(exercise)
        return PASS
    for path in exercise.edited if not exercise.command else [exercise.work]:
        item("edit", places.shown(path))
    item("read", places.shown(exercise.folder / "README.md"))
    print()
    if "last" in entry:
        _show_last(exercise, entry["last"])
        print()
    left = len(exercise.hints) - entry.get("hints", 0)
    stuck = f"   (stuck: ./dev hint {exercise.key}, {plural(left, 'hint')} left)" if left > 0 else ""
    tell(f"Next: edit, then ./dev check {exercise.key}{stuck}", further="  ")
    return PASS
