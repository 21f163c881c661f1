"""The programs that people write: wrong ones (wrong/EXERCISE.py) and right ones of another style (right/EXERCISE.py).

A file is a list of calls:

    wrong("size-before-lock", requirement="bound", cause="3 items",
          why="the size is looked at before the lock is taken", edits=[(old, new)…])
    right("mutex-and-deque", edits=[…])

`edits` change the reference; each `old` stands in exactly one file of the exercise, once. Or `text` is the whole file,
and `file` which one where the exercise has several. With `base`, a wrong program is that right one with the edits.
"""
import dataclasses
import re

import learner


@dataclasses.dataclass(frozen=True)
class Program:
    exercise: str
    name: str
    files: dict  # path in the exercise's folder: text
    requirement: str = ""  # of the exercise's README: what must fail first
    cause: str = ""  # stands in what is said of it
    why: str = ""
    caught: str = ""  # the black box's finding or case that sees it, where the harness has nothing of the exercise


class Bad(Exception):
    """The data is not as it should be."""


def references(exercise):
    return {one.path: one.text for one in learner.files(exercise)}


def edited(files, edits, name):
    files = dict(files)
    for old, new in edits:
        places = [path for path, text in files.items() if text.count(old) == 1]
        if len(places) != 1 or sum(text.count(old) for text in files.values()) != 1:
            raise Bad(f"{name}: not in exactly one place: {old}")
        files[places[0]] = files[places[0]].replace(old, new)
    return files


def whole(exercise, text, file, name):
    files = references(exercise)
    file = file or (next(iter(files)) if len(files) == 1 else None)
    if file not in files:
        raise Bad(f"{name}: which file?")
    files[file] = text.lstrip("\n")
    return files


def read(kind, exercise):
    path = learner.HERE / kind / f"{exercise}.py"
    if not path.is_file():
        return []
    bases = {one.name: one.files for one in read("right", exercise)} if kind == "wrong" else {}
    found = []

    def add(name, *, edits=(), text=None, file=None, base=None, **words):
        start = bases[base] if base else references(exercise) if text is None else whole(exercise, text, file, name)
        files = edited(start, edits, f"{exercise}: {name}")
        if files == references(exercise):
            raise Bad(f"{exercise}: {name}: it is the reference")
        if name in {one.name for one in found}:
            raise Bad(f"{exercise}: {name}: twice")
        found.append(Program(exercise, name, files, **words))

    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {kind: add})  # pylint: disable=exec-used
    return found


def requirements(exercise):
    """The names of the lines under "What must hold"."""
    text = (learner.folder(exercise) / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^- \*\*([a-z-]+)\*\*: ", text, re.MULTILINE)
