"""What must hold, line by line: each line of an exercise's README has a name, and exercise.json says what watches it."""
import fnmatch
import re
import textwrap

LINE = re.compile(r"^- \*\*(?P<name>[a-z-]+)\*\*: (?P<text>.*(?:\n  .*)*)", re.MULTILINE)
HOLDS, VIOLATED, UNSEEN, OPEN = "holds", "violated", "can't be seen", "not checked"


def texts(exercise):
    """The name and the text of each."""
    readme = (exercise.folder / "README.md").read_text(encoding="utf-8")
    return {line["name"]: " ".join(line["text"].split()) for line in LINE.finditer(readme)}


def _seen(findings):
    """The verdict of every check that ran; a case of the contract also stands for its group."""
    seen = {}
    for finding in findings:
        for name in (finding.get("id"), finding.get("group")):
            verdict = finding.get("verdict")
            if name and verdict in ("pass", "fail") and seen.get(name) != "fail":
                seen[name] = verdict
    return seen


def judge(exercise, findings):
    """What the findings say of each requirement. A check is named as it is, or by a pattern: event-user-*."""
    seen = _seen(findings)
    verdicts = {}
    for name, checks in exercise.description.get("checks", {}).items():
        if isinstance(checks, dict):
            verdicts[name] = UNSEEN
            continue
        ran = [seen[found] for check in checks for found in fnmatch.filter(seen, check)]
        verdicts[name] = VIOLATED if "fail" in ran else HOLDS if ran else OPEN
    return verdicts


def summary(exercise, verdicts, has_piece=True, is_whole=True):
    """Lines for people; none where the exercise names no checks. A program in another language has no piece to call.

    A check that ended at its first failure has seen no requirement to its end: only what it saw violated is told.
    """
    if not verdicts:
        return []
    of = {kind: [name for name, verdict in verdicts.items() if verdict == kind]
          for kind in (HOLDS, VIOLATED, UNSEEN, OPEN)}
    violated = [f"violated: {name}: {textwrap.shorten(texts(exercise).get(name, ''), 150, placeholder=' …')}"
                for name in of[VIOLATED]]
    if not is_whole:
        return violated
    lines = [f"{len(of[HOLDS]) + len(of[VIOLATED])} of {len(verdicts)} requirements checked", *violated]
    for name in of[UNSEEN]:
        lines.append(f"can't be seen: {name}: {exercise.description['checks'][name]['unseen']}")
    if of[OPEN]:
        why = "" if has_piece else " (what only a call of the piece shows, in C++)"
        lines.append(f"not checked: {', '.join(of[OPEN])}{why}")
    return lines
