"""The seventeen exercises, in order: steps 1 to 10, then the seven of the last step.

An exercise is a folder with exercise.json (title, files, fails, lines), README.md (the task), hints.md (three hints,
each under a heading) and the skeleton files at the paths that they have in the learner's folder.
"""
import dataclasses
import json
import pathlib
import re
import typing

from . import places
from .say import Stop, usage

LAST = ("codec", "torn_tail", "cursor", "cas", "chain", "dedup", "reconnect")


@dataclasses.dataclass(frozen=True)
class Exercise:
    name: str                    # 05_bounded_channel, codec: the folder in work/, the key in progress.json
    step: typing.Optional[int]   # 5; None for the seven of the last step

    @property
    def key(self):
        """What a learner types for it."""
        return self.name if self.step is None else str(self.step)

    @property
    def short(self):
        """Its column in a table, its folder in build/check."""
        return self.name if self.step is None else f"{self.step:02}"

    @property
    def lesson(self):
        return places.ROOT / "steps" / ("final_station" if self.step is None else self.name) / "README.md"

    @property
    def folder(self):
        within = self.lesson.parent / "exercise"
        return within / self.name if self.step is None else within

    @property
    def work(self):
        return places.WORK / self.name

    @property
    def program(self):
        """Its binary, in build/exercise or build/work."""
        return f"{self.name}/station" if self.step is None else f"step{self.name}"

    @property
    def reference(self):
        """The repository's own binary, in build/bin."""
        return "station" if self.step is None else f"step{self.name}"

    @property
    def latest(self):
        """Where the last failed check leaves its trace."""
        return places.BUILD / "check" / self.short / "latest"

    @property
    def exists(self):
        return (self.folder / "exercise.json").is_file()

    @property
    def description(self):
        path = self.folder / "exercise.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise Stop(f"{self.key} has no exercise: {places.shown(path)} is missing") from None
        except ValueError as error:
            raise Stop(f"{places.shown(path)} is no JSON: {error}") from None

    @property
    def title(self):
        return self.description["title"]

    @property
    def files(self):
        """Pairs: a path inside the exercise's and the learner's folder, and the repository's own file."""
        return [(pathlib.PurePath(one["file"]), places.ROOT / one["reference"]) for one in self.description["files"]]

    @property
    def edited(self):
        """The learner's files."""
        return [self.work / file for file, _ in self.files]

    @property
    def hints(self):
        """Pairs: a heading and what stands under it."""
        path = self.folder / "hints.md"
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        parts = re.split(r"^## +(.*)$", text, flags=re.MULTILINE)[1:]
        return [(heading.strip(), body.strip()) for heading, body in zip(parts[::2], parts[1::2])]

    @property
    def walk_through(self):
        """What there is to say of the repository's own files, for those who have written theirs; may be empty."""
        path = self.folder / "solution.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @property
    def command(self):
        """What starts the learner's server, where it is written in another language; None otherwise."""
        return command_of(self.work)

    @property
    def is_started(self):
        return self.command is not None or any(path.is_file() for path in self.edited)


def command_of(folder):
    """The "cmd" of the station.json in that folder; None where there is none."""
    path = folder / "station.json"
    try:
        command = json.loads(path.read_text(encoding="utf-8"))["cmd"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Stop(f'{places.shown(path)} must be {{"cmd": "… {{port}} …"}}: {error!r}') from None
    if not isinstance(command, str) or "{port}" not in command:
        raise Stop(f'{places.shown(path)}: "cmd" must be a text that says where the port goes, as {{port}}')
    return command


def all_exercises():
    steps = sorted(path.name for path in (places.ROOT / "steps").glob("[0-9][0-9]_*") if path.is_dir())
    return [Exercise(name, int(name[:2])) for name in steps] + [Exercise(name, None) for name in LAST]


def find(text, has_passed):
    """The exercise that a person means by 5, 05, 05_bounded_channel, codec or final."""
    exercises = all_exercises()
    last = [one for one in exercises if one.step is None]
    if text == "final":
        return next((one for one in last if not has_passed(one)), last[-1])
    for one in exercises:
        if text == one.name or one.step is not None and re.fullmatch("0*" + str(one.step), text):
            return one
    raise usage(f"which exercise? 1 to 10, {', '.join(LAST)} or final, not '{text}'")
