"""./dev start, reset, hint and solution."""
import difflib
import os
import shutil

from . import places, progress
from .check import pick
from .say import PASS, Arguments, Stop, bold, coloured, item, page, plural, tell, usage


def _only(words, *flags):
    """The verb's own flags, and nothing else."""
    parser = Arguments()
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    options, unknown = parser.parse_known_args(words)
    if unknown:
        raise usage(f"what is {unknown[0]}? ./dev help says what there is")
    return options


def _put(text, target):
    """As a whole or not at all, and never over what is there: then it is False."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(temporary, "xb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, target)   # unlike a rename it refuses where there is something
        except FileExistsError:
            return False
        except OSError:   # a file system without links
            if target.exists():
                return False
            os.rename(temporary, target)
        return True
    finally:
        temporary.unlink(missing_ok=True)


def _copy_skeleton(exercise):
    """The files that were put there; what is there already stays as it is."""
    copied = []
    for file, _ in exercise.files:
        target = exercise.work / file
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            is_new = _put((exercise.folder / file).read_bytes(), target)
        except OSError as error:
            what = f"{places.shown(target)} could not be written: {error.strerror}; nothing was left there"
            raise Stop(what) from None
        if is_new:
            copied.append(target)
    return copied


def _what_to_do(exercise):
    key = exercise.key
    lines = exercise.description.get("lines")
    amount = f"   about {lines} lines to write" if lines else ""
    for number, path in enumerate(exercise.edited):
        item("" if number else "edit", places.shown(path) + ("" if number else amount))
    item("read", f"{places.shown(exercise.folder / 'README.md')}   the task")
    item("", f"{places.shown(exercise.lesson)}   the lesson")
    item("run", f"./dev check {key}   (or ./dev watch {key}: at every save)")
    hints = len(exercise.hints)
    if hints:
        item("stuck", f"./dev hint {key}   one at a time, {hints} in all")


def start(words):
    if not words:
        words = [pick([])[0].key]
    exercise, rest = pick(words)
    _only(rest)
    exercise.description   # says what is wrong before anything is written
    copied = _copy_skeleton(exercise)
    with progress.change() as changed:
        changed.begin(exercise)
    folder = places.shown(exercise.work)
    if copied:
        tell(f"{bold(exercise.key + ', ' + exercise.title)}: yours now, in {folder}")
    else:
        tell(f"{bold(exercise.key + ', ' + exercise.title)}: you have it already, in {folder}; nothing was changed "
             f"(./dev reset {exercise.key} starts over)")
    print()
    _what_to_do(exercise)
    return PASS


def reset(words):
    if not words or words[0].startswith("-"):
        raise usage("reset which exercise? It starts over, so it wants to be named: ./dev reset 5")
    exercise, rest = pick(words)
    _only(rest)
    exercise.description
    kept = None
    if exercise.work.exists():
        backups = places.WORK / ".backup"
        backups.mkdir(parents=True, exist_ok=True)
        kept = progress.unused(backups / f"{exercise.name}-{progress.stamp()}")
        os.rename(exercise.work, kept)
    try:
        _copy_skeleton(exercise)
    except Stop:
        if kept:
            shutil.rmtree(exercise.work)
            os.rename(kept, exercise.work)
        raise
    with progress.change() as changed:
        changed.begin_again(exercise)
    tell(f"{bold(exercise.key + ', ' + exercise.title)}: starts over, in {places.shown(exercise.work)}")
    if kept:
        tell(f"what was there is kept: {places.shown(kept)}")
    print()
    _what_to_do(exercise)
    return PASS


def hint(words):
    exercise, rest = pick(words)
    options = _only(rest, "--seen")
    hints = exercise.hints
    if not hints:
        raise Stop(f"{exercise.key} has no hints")
    if options.seen:
        seen = min(progress.read().of(exercise).get("hints", 0), len(hints))
        for heading, text in hints[:seen]:
            print(f"{bold(heading)}\n\n{page(text)}\n")
    else:
        with progress.change() as changed:
            given = changed.of(exercise).get("hints", 0)
            seen = min(given + 1, len(hints))
            changed.note(exercise, hints=seen)
        heading, text = hints[seen - 1]
        again = ", again" if given >= len(hints) else ""
        print(f"{bold(f'hint {seen} of {len(hints)}{again}: {heading}')}\n\n{page(text)}\n")
    left = len(hints) - seen
    if left:
        print(f"{plural(left, 'hint')} left: ./dev hint {exercise.key}")
    else:
        tell(f"no hint is left (./dev hint {exercise.key} --seen shows all); the solution opens after the check has "
             "passed")
    return PASS


def _show_difference(before, after, before_name, after_name):
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), before_name, after_name, lineterm=""))
    codes = {"+": "32", "-": "31", "@": "36"}
    for line in lines:
        print(coloured(line, codes[line[0]]) if line[0] in codes else line)
    if not lines:
        print(f"{before_name} and {after_name} are the same, to the letter")


def solution(words):
    exercise, rest = pick(words)
    options = _only(rest, "--force")
    entry = progress.read().of(exercise)
    has_passed = "passed" in entry or "passed_before" in entry
    if not has_passed and not options.force:
        left = max(len(exercise.hints) - entry.get("hints", 0), 0)
        hints = f"./dev hint {exercise.key} has {plural(left, 'hint')} left" if left else "you have had all the hints"
        raise Stop(f"the solution of {exercise.key} opens after ./dev check {exercise.key} has passed; {hints} "
                   "(--force opens it now, and progress shows that)")
    for file, reference in exercise.files:
        own = exercise.work / file
        shown = own if own.is_file() else exercise.folder / file
        _show_difference(shown.read_text(encoding="utf-8", errors="replace"), reference.read_text(encoding="utf-8"),
                         places.shown(shown), places.shown(reference))
    with progress.change() as changed:
        if "solution_seen" not in changed.of(exercise):
            changed.note(exercise, solution_seen=progress.now(), solution_seen_before_passing=not has_passed)
    print("\n- is yours, + is the repository's own.")   # the diff above is code, and stays as it is
    if exercise.walk_through:
        print(f"\n{page(exercise.walk_through)}")
    print()
    tell(f"Next: {places.shown(exercise.folder / 'README.md')}, \"Stretch\"")
    return PASS
