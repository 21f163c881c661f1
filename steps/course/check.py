"""./dev check and ./dev replay."""
from . import building, checking, compiler, exercises, likeness, pieces, places, processes, progress, requirements
from .checking import Subject
from .say import FAIL, INCONCLUSIVE, PASS, USAGE, Arguments, Stop, bold, tell, usage

# With one of these a pass is no pass of the exercise: only a part was checked, or not the learner's program.
PARTIAL = ("--only", "--finding", "--contract-only", "--lesson-only", "--port")


def pick(words):
    """The exercise that the first word names, or the one that one is at; and the words behind it."""
    done = progress.read()
    if words and not words[0].startswith("-"):
        return exercises.find(words[0], done.has_passed), words[1:]
    current = done.current()
    if current is None and not any(one.exists for one in exercises.all_exercises()):
        raise Stop("there are no exercises here: steps/*/exercise is missing")
    if current is None:
        raise usage("every exercise has passed; say which one you mean: 1 to 10, codec, torn_tail, cursor, cas, "
                    "chain, dedup or reconnect")
    return current, words


def _parse(words):
    parser = Arguments()
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--reference", action="store_true")
    which.add_argument("--cmd")
    parser.add_argument("--json", type=places.typed)
    parser.add_argument("--trace", type=places.typed)
    options, further = parser.parse_known_args(words)
    if options.cmd is not None and "{port}" not in options.cmd:
        raise usage('--cmd must say where the port goes, as in --cmd "python3 server.py {port}"')
    return options, further


def subject_of(exercise, options):
    if options.cmd:
        return Subject("command", command=options.cmd)
    if options.reference:
        return Subject("reference", path=places.BIN / exercise.reference)
    if exercise.command:
        return Subject("command", command=exercise.command, folder=exercise.work)
    if exercise.is_started:
        return Subject("work", path=places.BUILD / "work" / exercise.program)
    return Subject("skeleton", path=places.BUILD / "exercise" / exercise.program)


def _announce(exercise, subject):
    where = {"work": f"{places.shown(exercise.work)}, your own",
             "skeleton": f"the skeleton as it is handed out: ./dev start {exercise.key} makes it yours",
             "reference": "the repository's own, which should pass",
             "command": subject.command}[subject.label]
    tell(bold(f"{exercise.key}, {exercise.title if exercise.exists else exercise.name}") + f": {where}")
    if subject.label == "command":
        same = likeness.of_command(subject.command, subject.folder)
    else:
        same = likeness.of_folder(exercise, exercise.work) if subject.label == "work" else None
    if same:
        tell(f"(it {same}: what this check says is said of that)")


def _build_tools(tree, exercise):
    if places.IS_BIN_GIVEN:
        return
    targets = checking.tool_targets(exercise)
    tree.prepare(targets[0])
    output = tree.make(*targets)
    if output is not None:
        errors = compiler.find_errors(output)
        text = errors[0].text if errors else "\n".join(output.splitlines()[-8:])
        raise Stop(f"what the check itself needs does not build; that is not your file:\n{text}\n"
                   "Next: undo changes outside work/ (git status shows them), then ./dev build", INCONCLUSIVE)


def _build(tree, exercise, subject, stages=()):
    """None where all is there that the check needs; otherwise what the compiler said of the learner's file."""
    _build_tools(tree, exercise)
    if subject.label == "reference" and stages:
        tree.prepare(stages[0].target)
        return tree.make(*(stage.target for stage in stages))
    if subject.label not in ("work", "skeleton"):
        return None
    missing = [path for path in exercise.edited if not path.is_file()]
    if subject.label == "work" and missing:
        raise Stop(f"{places.shown(missing[0])} is missing; ./dev start {exercise.key} puts the skeleton there and "
                   "leaves your other files alone")
    target = f"{'work' if subject.label == 'work' else 'exercise'}/{exercise.program}"
    tree.prepare(target)
    return tree.make(target, *(stage.target for stage in stages),
                     what="yours" if subject.label == "work" else "the skeleton")


def _report_errors(exercise, subject, output, tree):
    log = exercise.latest.parent / "compiler.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(output, encoding="utf-8")
    text, what_next = compiler.explain(output, exercise, tree, log)
    print(f"\nFAIL  {places.shown(exercise.edited[0])} does not compile\n\n{text}\n\nall of it: {places.shown(log)}")
    tell(f"next: {what_next}")
    with progress.change() as changed:
        changed.checked(exercise, subject.label, "does not compile", cause=text.partition("\n")[0], next=what_next)
    return FAIL


def _what_after_a_pass(exercise, subject):
    if subject.label not in progress.OWN:
        return
    done = progress.read()
    following = done.current()
    on = f"./dev start {following.key} goes on" if following else "every exercise has passed"
    if subject.label == "work":
        on = f"./dev solution {exercise.key} compares it with the repository's own; {on}"
    tell(f"{exercise.key} holds. Next: {on}")


def check(words):
    exercise, words = pick(words)
    options, further = _parse(words)
    subject = subject_of(exercise, options)
    whole = not any(word.split("=")[0] in PARTIAL for word in further)
    _announce(exercise, subject)
    if not whole:
        tell("(a part of the check, or a server that was running: progress stays as it is)")
    if subject.label == "skeleton" and not exercise.exists:
        raise Stop(f"{exercise.key} has no exercise here; the repository's own: ./dev check {exercise.key} --reference")
    tree = building.Tree()
    with checking.alone():
        output = _build(tree, exercise, subject, pieces.stages(exercise, subject) if whole else ())
        if output is not None:
            return _report_errors(exercise, subject, output, tree)
        trace = options.trace or exercise.latest
        outcome = checking.run(exercise, subject, further, options.json, trace, history=whole, alone=whole)
    if outcome.verdict == "died":
        if outcome.status != USAGE:   # then it has said what is wrong itself
            raise Stop(outcome.cause, outcome.status)
        return USAGE
    if not whole:
        return outcome.status
    if subject.label in progress.OWN:
        checking.remember(exercise, subject, outcome)
    for line in requirements.summary(exercise, outcome.requirements, subject.label != "command",
                                     outcome.status == PASS or checking.ALL in further):
        print(line)
    if outcome.status == PASS:
        _what_after_a_pass(exercise, subject)
    elif outcome.finding.startswith(pieces.PREFIXES):
        again = pieces.again(exercise, subject, outcome.finding)
        if again:
            print(f"again: {again}")
        print(f"FAIL: {exercise.key} does not hold yet ({outcome.finding}). Next: mend that; --all runs the rest, too",
              flush=True)
    return outcome.status


def _trace(word):
    """A trace's folder, given itself or as the exercise whose last failure it is; and that exercise, if known."""
    path = places.typed(word)
    if path.exists():
        within = [one for one in exercises.all_exercises() if one.latest.parent in (path, *path.parents)]
        return path, within[0] if within else None
    exercise = exercises.find(word, progress.read().has_passed)
    if not exercise.latest.exists():
        raise Stop(f"{exercise.key} has left no trace ({places.shown(exercise.latest)}): only a check that fails does")
    return exercise.latest, exercise


def replay(words):
    if not words or words[0].startswith("-"):
        raise usage("replay which trace? ./dev replay build/check/05/latest, or ./dev replay 5")
    try:
        trace, exercise = _trace(words[0])
    except Stop as error:
        if error.status != USAGE:
            raise
        raise usage(f"{words[0]} is no trace: there is no such folder") from None
    if exercise and exercise.step is None:
        raise Stop(f"{exercise.key}'s trace is for reading: {places.shown(trace)}")
    options, further = _parse(words[1:])
    if exercise is None:   # somebody else's trace: it knows its step, and the repository's own answers it
        options.reference = not options.cmd
        exercise = exercises.find("10", None)
    subject = subject_of(exercise, options)
    command = [places.BIN / "check", "--replay", trace, "--bin", places.BIN, *further]
    if subject.label == "command":
        command += ["--cmd", subject.command]
    elif subject.label != "reference" and "--program" not in further:
        command += ["--program", subject.path]
    if options.json:
        command += ["--json", options.json]
    tree = building.Tree()
    with checking.alone():
        output = _build(tree, exercise, subject)
        if output is not None:
            return _report_errors(exercise, subject, output, tree)
        return processes.run(command, cwd=subject.folder)
