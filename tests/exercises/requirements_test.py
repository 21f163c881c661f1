#!/usr/bin/env python3
"""Each line of "What must hold" has checks that watch it, and each check of a piece watches some line.

    requirements_test.py ROOT
"""
import fnmatch
import json
import re
import sys
import unittest
from pathlib import Path

import exercises

ROOT = Path(sys.argv.pop(1))
REQUIREMENT = re.compile(r"^- \*\*([a-z-]+)\*\*: ", re.MULTILINE)
CASE = re.compile(r'^(?:PIECE_CASE|SCENARIO)\(\s*"([^"]+)"', re.MULTILINE)


def cases(folder, name):
    """The ids that a file of cases or scenarios has; none where there is no file."""
    file = ROOT / f"loadgen/{folder}/{name}.cpp"
    return CASE.findall(file.read_text(encoding="utf-8")) if file.exists() else []


def of_piece(name):
    return {*(f"piece.{case}" for case in cases("piece", name)), *(f"explore.{case}" for case in cases("explore", name))}


def of_contract():
    found = set()
    for file in (ROOT / "tests/contract").glob("*.jsonl"):
        found.add(re.sub(r"^\d+_", "", file.stem))
        lines = [line for line in file.read_text(encoding="utf-8").split("\n") if line.startswith("{")]
        found.update(case["id"] for case in map(json.loads, lines) if "id" in case)
    return found


def of_lessons():
    files = [*(ROOT / "loadgen/lesson").glob("*.cpp"), *(ROOT / "steps/final_station/exercise").rglob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return {*re.findall(r'"(step\d\d\.[a-z-]+)"', text),
            *re.findall(r'"((?:codec|torn_tail|cursor|cas|chain|dedup|reconnect)\.[a-z-]+)"', text)}


COMMON = of_contract() | of_lessons()


class Requirements(unittest.TestCase):
    def each(self, look):
        for name, folder in exercises.folders(ROOT).items():
            with self.subTest(exercise=name):
                look(name, folder, exercises.description(folder)["checks"])

    def test_the_task_and_its_checks_name_the_same_requirements(self):
        def look(name, folder, checks):
            text = (folder / "README.md").read_text(encoding="utf-8")
            self.assertEqual(list(checks), REQUIREMENT.findall(text))

        self.each(look)

    def test_each_has_a_check_or_says_why_there_is_none(self):
        def look(name, folder, checks):
            for requirement, watched_by in checks.items():
                if isinstance(watched_by, dict):
                    self.assertEqual(list(watched_by), ["unseen"], requirement)
                    self.assertTrue(watched_by["unseen"], requirement)
                else:
                    self.assertTrue(watched_by, requirement)
                    self.assertEqual(len(watched_by), len(set(watched_by)), requirement)

        self.each(look)

    def test_every_check_that_is_named_exists(self):
        def look(name, folder, checks):
            there = COMMON | of_piece(name) | {f"race.{case}" for case in cases("explore", name)}
            for requirement, watched_by in checks.items():
                for check in watched_by if isinstance(watched_by, list) else []:
                    self.assertTrue(fnmatch.filter(there, check), f"{requirement}: there is no {check}")

        self.each(look)

    def test_every_case_and_scenario_watches_something(self):
        def look(name, folder, checks):
            named = [check for watched_by in checks.values() if isinstance(watched_by, list) for check in watched_by]
            for case in sorted(of_piece(name)):
                self.assertTrue(any(fnmatch.fnmatch(case, check) for check in named), f"nothing names {case}")

        self.each(look)

    def test_an_id_is_there_once(self):
        def look(name, folder, checks):
            for part in ("piece", "explore"):
                ids = cases(part, name)
                self.assertEqual(len(ids), len(set(ids)), part)

        self.each(look)


if __name__ == "__main__":
    unittest.main(verbosity=0)
