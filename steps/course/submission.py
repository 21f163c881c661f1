"""One learner's work, graded: each exercise is built in a folder of its own, checked, and comes to one result.

What was handed in is copied first, regular files only, and never written to. A folder that does not compile, hangs or
dies comes to a result like any other.
"""
import dataclasses
import os
import shutil
import time

from . import building, checking, compiler, exercises, likeness, pieces, places, processes, progress
from .checking import Subject
from .files import regular_files
from .say import Stop

BUILD_LIMIT = 300            # seconds for one learner's file

# What an exercise comes to, and its word in a table. The first three are the checker's, the rest is what else happens.
VERDICTS = {"pass": "pass", "fail": "FAIL", "inconclusive": "noisy", "absent": "-", "does not compile": "no C++",
            "timeout": "hangs", "died": "died", "unreadable": "broken"}


@dataclasses.dataclass
class Result:
    exercise: str
    verdict: str
    program: str = ""      # work, or command where station.json names one
    cause: str = ""
    next: str = ""
    finding: str = ""
    seconds: float = 0
    findings: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)   # what a teacher may want to look at
    requirements: dict = dataclasses.field(default_factory=dict)   # of each line of "What must hold", what was seen
    graded: str = ""       # when


def _copy(source, target):
    """A fresh copy with times of now, so that the build sees what has changed since the learner before."""
    shutil.rmtree(target, ignore_errors=True)
    files, left_out = regular_files(source)
    for file in files:
        to = target / file
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, to)
    return files, [f"left out, no regular file or too large: {name}" for name in left_out]


def _notes(exercise, folder, files):
    """Files beside those of the exercise; such a one can stand in for a header of the repository."""
    own = {str(file) for file, _ in exercise.files}
    notes = []
    for name in files:
        if name not in own and name.endswith((".hpp", ".cpp", ".h")):
            stands_in = (places.ROOT / "common" / name).exists()
            notes.append(f"{'stands in for common/' if stands_in else 'has a file beside the exercise: '}{name}")
    same = likeness.of_folder(exercise, folder)
    return notes + ([same] if same else [])


def _is_untouched(exercise, folder):
    return all((folder / file).is_file() and (folder / file).read_bytes() == (exercise.folder / file).read_bytes()
               for file, _ in exercise.files)


class Grader:
    """Grades one learner after another in the build folder of the repository, so that no library is built again.

    `with Grader(limit) as grader:`; the block's end gives the build folder back to the learner whose it is. Where that
    end never came (kill -9), the next verb that builds does it.
    """

    def __init__(self, limit):
        self.limit = limit
        self.work = places.BUILD / "grade"
        self.tree = building.Tree(work=self.work)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with checking.alone():
            self.tree.restore()
        shutil.rmtree(self.work, ignore_errors=True)

    def grade(self, folder, exercise):
        """The result of that exercise in a learner's work folder."""
        begin = time.monotonic()
        try:
            with checking.alone():
                result = self._grade(folder / exercise.name, exercise)
        except processes.TimeUp:
            result = Result(exercise.name, "timeout", cause=f"the check did not end within {self.limit:g} s")
        except (Stop, OSError, UnicodeError) as error:
            result = Result(exercise.name, "unreadable", cause=str(error))
        result.seconds = round(time.monotonic() - begin, 1)
        result.graded = progress.now()
        return result

    def _grade(self, handed_in, exercise):
        if not handed_in.is_dir():
            return Result(exercise.name, "absent", cause="not handed in")
        target = self.work / exercise.name
        files, notes = _copy(handed_in, target)
        command = exercises.command_of(target)
        if command:
            same = likeness.of_command(command, target)
            notes += [f"the command {same}"] if same else []
            return self._check(exercise, Subject("command", command=command, folder=target), notes)
        missing = [str(file) for file, _ in exercise.files if str(file) not in files]
        if missing:
            return Result(exercise.name, "absent", cause=f"{missing[0]} is missing", notes=notes)
        if _is_untouched(exercise, target):
            cause = "unchanged: the skeleton as it was handed out"
            return Result(exercise.name, "fail", "work", cause=cause, notes=notes)
        notes += _notes(exercise, target, files)
        broken = self._compile(exercise)
        if broken:
            broken.notes = notes
            return broken
        return self._check(exercise, Subject("work", path=places.BUILD / "work" / exercise.program), notes)

    def _compile(self, exercise):
        program = f"work/{exercise.program}"
        self.tree.prepare(program)
        # What all learners share is built without a limit of time: the first one should not pay for it.
        shared = self.tree.make(f"exercise/{exercise.program}")
        if shared is not None:
            raise Stop(f"the repository's own part of {exercise.key} does not build")
        try:
            alone = [stage.target for stage in pieces.stages(exercise, Subject("work"))]
            output = self.tree.make(program, *alone, limit=BUILD_LIMIT, what="what was handed in")
        except processes.TimeUp:
            return Result(exercise.name, "timeout", "work", cause=f"the compiler did not end within {BUILD_LIMIT} s")
        if output is None:
            return None
        text, what_next = compiler.explain(output, exercise, self.tree, "the compiler's output")
        return Result(exercise.name, "does not compile", "work", cause=text, next=what_next)

    def _check(self, exercise, subject, notes):
        """A second try where the machine was too noisy the first time."""
        for _ in range(2):
            with open(os.devnull, "w", encoding="utf-8") as nowhere:
                outcome = checking.run(exercise, subject, limit=self.limit, output=nowhere)
            if outcome.verdict != "inconclusive":
                break
        return Result(exercise.name, outcome.verdict, subject.label, outcome.cause, outcome.next, outcome.finding,
                      findings=outcome.findings, notes=notes, requirements=outcome.requirements)
