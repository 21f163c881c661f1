"""One program through the stages of the judge, with the results of earlier runs."""
import fnmatch
import functools
import hashlib
import json
import os
import shutil
import sys
import threading

import learner
import people
import programs
import verdicts

HARNESS = ("piece", "explore", "race")
EQUIVALENTS = learner.HERE / "equivalents.txt"
BREAK = " ⏎ "  # between the lines of a diff in equivalents.txt
_once = threading.Lock()


class Bench:
    """The files of one program in a folder of its own, and what is compiled from them."""

    def __init__(self, exercise, files):
        self.exercise, self.files = exercise, files
        self.folder = None
        self.objects = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def place(self):
        if not self.folder:
            self.folder = programs.new_folder()
            for path, text in self.files.items():
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_text(text, encoding="utf-8")
        return self.folder

    def program(self, kind):
        return plan(self.exercise, kind).build(self.place(), self.made(kind))

    def code(self):
        """Of everything that is compiled from the files."""
        kinds = [kind for kind in ("piece", "explore", "program") if programs.exists(kind, self.exercise)]
        return [plan(self.exercise, kind).code(self.place(), self.made(kind)) for kind in kinds]

    def made(self, kind):
        """Where a kind's objects lie: two of them share theirs."""
        into = self.place() / ".made" / ("scenarios" if kind in ("explore", "race") else kind)
        into.mkdir(parents=True, exist_ok=True)
        return into


def plan(exercise, kind):
    with _once:
        return programs.plan(exercise, kind)


@functools.cache
def reference_code(exercise):
    with Bench(exercise, people.references(exercise)) as bench:
        return bench.code()


def remembered(options, exercise, files, kind, words, find):
    """What `find` said of the same thing in an earlier run, or says now."""
    of_kind = plan(exercise, kind if kind in programs.KINDS else "program")
    text = json.dumps([exercise, files, kind, words, of_kind.identity()])
    path = programs.WORK / "results" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    if path.exists() and not options.anew:
        return json.loads(path.read_text(encoding="utf-8"))
    found = find()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    new.write_text(json.dumps(found), encoding="utf-8")
    new.replace(path)
    return found


def in_harness(bench, kind, options):
    def find():
        try:
            program = bench.program(kind)
        except programs.NotBuilt as error:
            return {"not_built": str(error)[:2000]}
        return verdicts.in_harness(program, kind, options.rounds)

    return remembered(options, bench.exercise, bench.files, kind, ["harness", options.rounds], find)


def in_check(bench, options, only=None, turn=0):
    def find():
        try:
            program = bench.program("program")
        except programs.NotBuilt as error:
            return {"verdict": "not built", "id": "", "text": str(error)[:2000]}
        return verdicts.in_check(bench.exercise, program, only)

    return remembered(options, bench.exercise, bench.files, "program", ["check", only, turn, checker()], find)


@functools.cache
def checker():
    """What the black box is made of."""
    digest = hashlib.sha256((programs.BUILD / "bin" / "check").read_bytes())
    for folder in (learner.ROOT / "tests" / "contract", verdicts.LOG_CHECK.parent):
        for path in sorted([*folder.rglob("*.jsonl"), *folder.rglob("*.py")]):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def equivalents():
    """(exercise, change): the reason why nobody can tell."""
    found = {}
    for line in EQUIVALENTS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            exercise, change, reason = line.split("\t")
            found[exercise, change] = reason
    return found


def control(options):
    """What catches the references, too, has caught nothing."""
    for exercise in options.exercises:
        with Bench(exercise, people.references(exercise)) as bench:
            for kind in HARNESS:
                found = in_harness(bench, kind, options) if programs.exists(kind, exercise) else {"caught": 0}
                if found.get("caught") != 0:
                    sys.exit(f"{exercise}: the reference does not pass {kind}: {found}")


def harness_stages(bench, options):
    """(kind, what it found), until one has caught it every time."""
    for kind in HARNESS:
        if programs.exists(kind, bench.exercise):
            found = in_harness(bench, kind, options)
            yield kind, found
            if "not_built" in found or found["caught"] == found["rounds"]:
                return


def mutant(one, options):
    result = {"exercise": one.exercise, "name": one.name, "diff": one.diff}
    reason = equivalents().get((one.exercise, one.diff.replace("\n", BREAK)))
    files = {**people.references(one.exercise), one.file: one.text}
    with Bench(one.exercise, files) as bench:
        for kind, found in harness_stages(bench, options):
            if "not_built" in found:
                return {**result, "verdict": "no mutant", "text": found["not_built"]}
            if found["caught"] == found["rounds"]:
                return {**result, "verdict": "caught", "by": kind, **found}
            if found["caught"]:
                result.setdefault("sometimes", []).append({"by": kind, **found})
        if reason:
            return {**result, "verdict": "equivalent", "text": reason}
        same = remembered(options, one.exercise, files, "program", ["same code"], lambda: same_code(bench))
        if same is not False:
            return {**result, "verdict": "same code" if same is True else "no mutant", "text": str(same)}
        if options.harness:
            return {**result, "verdict": "escaped"}
        found = in_check(bench, options)
    if found["verdict"] == "fail":
        return {**result, "verdict": "caught", "by": "check", **{key: found[key] for key in ("id", "text")}}
    return {**result, "verdict": "escaped", "check": found["verdict"], **{key: found[key] for key in ("id", "text")}}


def same_code(bench):
    """True, False, or a compiler's words."""
    try:
        return bench.code() == reference_code(bench.exercise)
    except programs.NotBuilt as error:
        return str(error)[:2000]


def watching(exercise, requirement):
    """The cases, scenarios and findings that watch a requirement."""
    checks = json.loads((learner.folder(exercise) / "exercise.json").read_text(encoding="utf-8")).get("checks", {})
    found = checks.get(requirement, [])
    return [*found, *(case for one in found for case in contract_cases(one))] if isinstance(found, list) else []


@functools.cache
def contract_cases(group):
    """The cases of a file of the contract, which a check may name as a whole."""
    files = (learner.ROOT / "tests" / "contract").glob(f"[0-9]*_{group}.jsonl")
    lines = [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line.startswith("{")]
    return [case["id"] for case in map(json.loads, lines) if "id" in case]


def fits(one, found):
    """What does not fit in a failure: for another requirement, or with another cause. Empty where all does."""
    watch = watching(one.exercise, one.requirement)
    what = []
    if not found["id"] or watch and not any(fnmatch.fnmatch(found["id"], pattern) for pattern in watch):
        what.append(f"{found['id']} does not watch {one.requirement}")
    if one.cause not in found["text"]:
        what.append(f"nothing is said of {one.cause!r}")
    return "; ".join(what)


def wrong(one, options):
    result = {"exercise": one.exercise, "name": one.name, "requirement": one.requirement, "why": one.why}
    with Bench(one.exercise, one.files) as bench:
        for kind, found in harness_stages(bench, options):
            if "not_built" in found:
                return {**result, "verdict": "failed", "text": found["not_built"]}
            if found["caught"] == found["rounds"]:
                unfit = fits(one, found)
                result.update(by=kind, verdict="failed" if unfit else "caught", unfit=unfit, **found)
                break
        if "by" not in result:
            result["verdict"] = "escaped"
        if options.harness and not (one.caught and "by" not in result):
            return result
        turns = [in_check(bench, options, one.caught or None, turn) for turn in range(options.rounds)]
    caught = [turn for turn in turns if turn["verdict"] == "fail"]
    result["check"] = {"caught": len(caught), "rounds": len(turns), "ids": sorted({turn["id"] for turn in caught})}
    if "by" not in result and len(caught) == len(turns):
        unfit = fits(one, caught[0])
        result.update(by="check", verdict="failed" if unfit else "caught", unfit=unfit, id=caught[0]["id"],
                      text=caught[0]["text"])
    return result


def confused(found, programs_):
    """Of each wrong program's exercise: what is said of it must not be the cause of one that violates another
    requirement, or a learner is sent to the wrong paragraph."""
    for one in found:
        if one["verdict"] != "caught":
            continue
        others = [other.name for other in programs_
                  if (other.exercise, other.name) != (one["exercise"], one["name"]) and other.cause
                  and other.exercise == one["exercise"] and other.requirement != one["requirement"]
                  and other.cause in one["text"]]
        if others:
            one.update(verdict="failed", unfit=f"it says what is said of {', '.join(others)}")


def right(one, options):
    result = {"exercise": one.exercise, "name": one.name, "verdict": "passed", "passed": {}}
    with Bench(one.exercise, one.files) as bench:
        for kind in HARNESS:
            if programs.exists(kind, one.exercise):
                runs = [harness_turn(bench, kind, options, turn) for turn in range(options.rounds)]
                result["passed"][kind] = [sum(run == {} for run in runs), len(runs)]
                result.update(next((run for run in runs if run), {}))
        if not options.harness:
            runs = [in_check(bench, options, None, [turn, options.busy]) for turn in range(options.rounds)]
            result["passed"]["check"] = [sum(run["verdict"] == "pass" for run in runs), len(runs)]
            result["inconclusive"] = sum(run["verdict"] == "inconclusive" for run in runs)
            failed = next((run for run in runs if run["verdict"] not in ("pass", "inconclusive")), None)
            result.update({"verdict": "failed", "id": failed["id"], "text": failed["text"]} if failed else {})
    return result


def harness_turn(bench, kind, options, turn):
    """Empty where all passed."""
    def find():
        try:
            program = bench.program(kind)
        except programs.NotBuilt as error:
            return {"verdict": "failed", "id": "not built", "text": str(error)[:2000]}
        seed = ["--seed", str(1 + turn)] if kind == "explore" and verdicts.takes_seed(program) else []
        failure = verdicts.first_failure([program, *seed])
        return {"verdict": "failed", "by": kind, **failure} if failure else {}

    return remembered(options, bench.exercise, bench.files, kind, ["right", turn, options.busy], find)
