#!/usr/bin/env python3
"""The lessons keep the secret: what a learner is to write stands nowhere that one reads before having written it.

No line of code of the learner's part of a reference is in the lesson of a step, the task, the first two hints, the
documentation, or what the checks and the report say. (`./dev solution` shows the walk-through, exercise/solution.md.)

    secrets_test.py ROOT
"""
import re
import sys
import unittest
from pathlib import Path

import exercises

ROOT = Path(sys.argv.pop(1))
FOLDERS = exercises.folders(ROOT)
TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')   # of a program: what it says
SHORTEST = 26   # characters; what is shorter is everybody's: `while (true) {`, `return after;`


def squeezed(text):
    return " ".join(text.split())


def secrets(folder):
    """The lines that are worth a look, and that the skeleton does not give away itself."""
    for file in exercises.description(folder)["files"]:
        skeleton = folder / file["file"]
        given = {squeezed(line) for block in exercises.given(skeleton) for line in block}
        for part in exercises.parts(skeleton, ROOT / file["reference"]):
            for line in map(squeezed, exercises.code_lines(part)):
                if len(line) >= SHORTEST and line not in given:
                    yield line


def first_hints(folder):
    """The question and the idea; the third hint is nearly the code, and says so."""
    return "".join(re.split(r"^(?=## )", (folder / "hints.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[:3])


def pages():
    """Pairs: where it stands, and the text."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("steps/*/README.md"),
             *ROOT.glob("steps/*/exercise/**/README.md")]
    for path in sorted(found):
        yield str(path.relative_to(ROOT)), squeezed(path.read_text(encoding="utf-8"))
    for path in [*ROOT.glob("loadgen/**/*.cpp"), *ROOT.glob("steps/final_station/exercise/checks/*.py")]:
        yield str(path.relative_to(ROOT)), squeezed(" ".join(TEXT.findall(path.read_text(encoding="utf-8"))))
    for name, folder in FOLDERS.items():
        yield f"hints 1 and 2 of {name}", squeezed(first_hints(folder))


class Secrets(unittest.TestCase):
    def test_no_page_prints_what_is_the_learners_to_write(self):
        texts = list(pages())
        self.assertGreater(len(texts), 50)
        told = [f"{page} has {name}'s `{line}`" for name, folder in FOLDERS.items() for line in secrets(folder)
                for page, text in texts if line in text]
        self.assertEqual(told, [], "\n" + "\n".join(told))

    def test_every_exercise_has_a_secret(self):
        for name, folder in FOLDERS.items():
            self.assertGreater(len(list(secrets(folder))), 2, name)


if __name__ == "__main__":
    unittest.main(verbosity=0)
