"""The files of an exercise, and which lines of the reference stand where the learner's parts are."""
import pathlib
import sys
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "exercises"))

import exercises  # noqa: E402


@dataclass(frozen=True)
class File:
    exercise: str
    path: str  # in the exercise's folder
    text: str  # the reference's
    spans: tuple  # (first, last) lines of the reference, from 1, that are the learner's


def folder(exercise):
    return exercises.folders(ROOT)[exercise]


def names():
    return list(exercises.folders(ROOT))


def files(exercise):
    place = folder(exercise)
    found = []
    for one in exercises.description(place)["files"]:
        reference = ROOT / one["reference"]
        text = reference.read_text(encoding="utf-8")
        found.append(File(exercise, one["file"], text, tuple(spans(place / one["file"], reference, text))))
    return found


def spans(skeleton, reference, text):
    blocks = exercises.given(skeleton)
    parts = exercises.parts(skeleton, reference)
    if parts is None:
        raise ValueError(f"{skeleton}: what is given is not the reference's")
    at = len(text.splitlines()) - len(exercises.body(reference)) + len(blocks[0]) + 1
    for part, block in zip(parts, blocks[1:]):
        if part:
            yield at, at + len(part) - 1
        at += len(part) + len(block)
