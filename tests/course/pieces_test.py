#!/usr/bin/env python3
"""What is made of a sanitizer's report, and of the findings of a check, line by line of "What must hold"."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "steps"))
from course import pieces, requirements  # noqa: E402

README = """# Exercise

**What must hold**

- **bound**: never more than `capacity` items,
  however many threads push.
- **in-order**: first in, first out.
- **cache-lines**: threads share none.
- **each-once**: none is lost.

**How it is checked**: somehow.
"""


class Exercise:
    def __init__(self, folder):
        self.folder = folder
        self.description = {"checks": {
            "bound": ["piece.bound", "overload"],
            "in-order": ["piece.in-order"],
            "cache-lines": {"unseen": "no clock is that fine"},
            "each-once": ["explore.each-once"]}}


class Report(unittest.TestCase):
    def test_what_was_said_and_where_are_the_cause(self):
        stack = ["serve(int) /home/learner/work/main.cpp:37", "main /home/learner/work/main.cpp:76"]
        finding = pieces._of_report({"what": "heap-use-after-free", "stack": stack})
        self.assertEqual((finding["verdict"], finding["cause"]), ("fail", f"heap-use-after-free, in {stack[0]}"))
        self.assertEqual(finding["stack"], stack)
        self.assertIn("in the program", pieces._of_report({"what": "SEGV", "stack": []})["cause"])

    def test_silence(self):
        self.assertEqual(pieces._of_report({"what": "", "stack": []})["verdict"], "pass")


class Requirements(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.exercise = Exercise(Path(self._folder.name))
        (self.exercise.folder / "README.md").write_text(README, encoding="utf-8")

    def judge(self, *findings):
        return requirements.judge(self.exercise, [dict(zip(("id", "verdict", "group"), one)) for one in findings])

    def test_the_texts_stand_in_the_readme(self):
        texts = requirements.texts(self.exercise)
        self.assertEqual(list(texts), ["bound", "in-order", "cache-lines", "each-once"])
        self.assertEqual(texts["bound"], "never more than `capacity` items, however many threads push.")

    def test_one_failed_check_is_a_violation(self):
        verdicts = self.judge(("piece.bound", "pass"), ("overload-busy", "fail", "overload"),
                              ("overload-refused", "pass", "overload"))
        self.assertEqual(verdicts, {"bound": requirements.VIOLATED, "in-order": requirements.OPEN,
                                    "cache-lines": requirements.UNSEEN, "each-once": requirements.OPEN})
        self.assertEqual(requirements.summary(self.exercise, verdicts), [
            "1 of 4 requirements checked",
            "violated: bound: never more than `capacity` items, however many threads push.",
            "can't be seen: cache-lines: no clock is that fine",
            "not checked: in-order, each-once"])
        self.assertEqual(requirements.summary(self.exercise, verdicts, is_whole=False), [
            "violated: bound: never more than `capacity` items, however many threads push."])

    def test_what_did_not_run_holds_nothing(self):
        verdicts = self.judge(("piece.bound", "pass"), ("piece.in-order", "skipped"),
                              ("explore.each-once", "inconclusive"))
        self.assertEqual(verdicts["bound"], requirements.HOLDS)
        self.assertEqual((verdicts["in-order"], verdicts["each-once"]), (requirements.OPEN, requirements.OPEN))


if __name__ == "__main__":
    unittest.main(verbosity=0)
