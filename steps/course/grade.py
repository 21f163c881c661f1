"""./dev grade: one work folder or a whole class, one check after another."""
import json
import sys

from . import building, checking, exercises, handed_in, places, progress, reports
from .files import write_whole
from .kept import Kept
from .say import FAIL, INCONCLUSIVE, PASS, Arguments, Stop, plural, tell, usage
from .submission import Grader, Result

LIMIT = 120   # seconds for one check


def _parse(words):
    parser = Arguments()
    parser.add_argument("--json", type=places.typed)
    parser.add_argument("--junit", type=places.typed)
    parser.add_argument("--only", default="")
    parser.add_argument("--limit", type=float, default=LIMIT)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("folders", nargs="*", type=places.typed)
    options = parser.parse_args(words)
    if not options.limit > 0:
        raise usage("grade: --limit is a number of seconds")
    for file in (options.json, options.junit):
        if file and not file.parent.is_dir():   # better now than after an hour
            raise usage(f"grade: {file} can't be written: there is no folder {file.parent}")
    return options


def _chosen(only):
    known = [one for one in exercises.all_exercises() if one.exists]
    if not only:
        return known
    names = {exercises.find(word.strip(), lambda _: False).name for word in only.split(",")}
    return [one for one in known if one.name in names]


def _build_tools(chosen):
    if places.IS_BIN_GIVEN:
        return
    tree = building.Tree()
    targets = sorted({target for one in chosen for target in checking.tool_targets(one)})
    tree.prepare(targets[0])
    if tree.make(*targets) is not None:
        raise Stop("what the checks need does not build: ./dev build says why")


def _save(learners, options, time):
    if options.json:
        write_whole(options.json, json.dumps(reports.as_data(learners, time), indent=2, ensure_ascii=True) + "\n")
    if options.junit:
        write_whole(options.junit, reports.as_junit(learners, time))


def grade(words):
    options = _parse(words)
    chosen = _chosen(options.only)
    if not chosen:
        raise Stop("there is no exercise here to grade")
    handed = handed_in.find(options.folders)
    _build_tools(chosen)

    time = progress.now()
    kept = Kept(chosen, options.limit)
    from_before = 0
    learners = []
    with Grader(options.limit) as grader:
        for name, (_, folder) in zip(handed_in.names(learner for learner, _ in handed), handed):
            learner = reports.Learner(name, str(folder), [])
            for exercise in chosen:
                own = folder / exercise.name
                result = None if options.again else kept.result(own, exercise, Result)
                if result:
                    from_before += 1
                else:
                    print(f"{name}: {exercise.name} …", file=sys.stderr, flush=True)
                    result = grader.grade(folder, exercise)
                    kept.keep(own, exercise, result)
                learner.results.append(result)
            learners.append(learner)
            _save(learners, options, time)   # after each, so that an interrupted class is not a lost one
    reports.print_table(learners, chosen)
    verdicts = {result.verdict for learner in learners for result in learner.results} - {"absent"}
    passed = sum(learner.passed for learner in learners)
    print(f"\n{plural(len(learners), 'folder')}, {plural(passed, 'pass')} of {len(learners) * len(chosen)}")
    if from_before:
        tell(f"{plural(from_before, 'result')} from before: the same files and the same checker (--again checks anew)")
    if verdicts <= {"pass"}:
        return PASS
    return INCONCLUSIVE if verdicts <= {"pass", "inconclusive"} else FAIL
