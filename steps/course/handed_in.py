"""Finds the learners' folders of a class: the copies of work/ that the command line means, and a name for each."""
import pathlib

from . import exercises, places
from .say import usage


def _names_of_exercises():
    return [one.name for one in exercises.all_exercises()]


def _holds_exercises(folder):
    return any((folder / name).is_dir() for name in _names_of_exercises())


def _work_folder(folder):
    """A learner's work folder, given itself or as the folder (a clone, say) that holds it; None: neither."""
    if _holds_exercises(folder):
        return folder
    return folder / "work" if _holds_exercises(folder / "work") else None


def _below(folder):
    """The learners of a folder that holds a class; none where it does not."""
    within = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return within if any(_work_folder(path) for path in within) else []


def find(folders):
    """Pairs: the folder that stands for a learner, and the work folder in it, which may hold nothing."""
    if not folders:
        return [(places.WORK, places.WORK)]
    learners = []
    for folder in folders:
        if not folder.is_dir():
            raise usage(f"grade: there is no folder {folder}")
        learners += [folder] if _work_folder(folder) else _below(folder) or [folder]
    learners = list(dict.fromkeys(learners))
    found = [(learner, _work_folder(learner)) for learner in learners]
    if not any(work for _, work in found):
        known = _names_of_exercises()
        raise usage(f"grade: nothing is handed in in {', '.join(map(str, learners))}: a learner's folder holds "
                    f"exercises ({known[0]}, …, {known[-1]}), itself or in work/; a class is a folder of such ones")
    return [(learner, work or learner) for learner, work in found]


def names(folders):
    """The shortest names that tell the folders apart."""
    given = [pathlib.Path(folder) for folder in folders]
    for length in range(1, max(len(path.parts) for path in given) + 1):
        shortest = ["/".join(path.parts[-length:]) for path in given]
        if len(set(shortest)) == len(shortest):
            break
    return shortest
