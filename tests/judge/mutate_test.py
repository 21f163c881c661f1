#!/usr/bin/env python3
"""Mutants: there are enough of each exercise, only what is the learner's is changed, and names and changes are
stable."""
import collections
import difflib
import unittest

import judging
import learner
import mutate
import operators
import people
from cpp_text import Source

CODE = """
class Queue {
  public:
    int take(int first, int second) {
        const std::lock_guard lock{mutex_};
        if (first < 2 && !closed_) return other(first, second);
        for (int i = 0; i < first; ++i) {
            sum_ += i;
        }
        waiting_.signal();
        return sum_.load(std::memory_order_acquire);
    }
};
"""


def kinds(code=CODE):
    lines = len(code.splitlines())
    found = collections.defaultdict(list)
    for kind, _, edits in operators.all_changes(operators.Inside(Source(code), [(1, lines)])):
        text = code
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        found[kind].append(mutate.changed_lines(code, text))
    return found


class Mutate(unittest.TestCase):
    def test_every_kind_of_change_is_made(self):
        found = kinds()
        for kind, change in [
                ("left-out", "- waiting_.signal();\n+ ;"),
                ("left-out", "- const std::lock_guard lock{mutex_};\n+ ;"),
                ("if-left-out", "- if (first < 2 && !closed_) return other(first, second);\n+ ;"),
                ("negated", "- if (first < 2 && !closed_) return other(first, second);\n"
                            "+ if (!(first < 2 && !closed_)) return other(first, second);"),
                ("sign", "- for (int i = 0; i < first; ++i) {\n+ for (int i = 0; i <= first; ++i) {"),
                ("constant", "- for (int i = 0; i < first; ++i) {\n+ for (int i = 1; i < first; ++i) {"),
                ("operand-left-out", "- if (first < 2 && !closed_) return other(first, second);\n"
                                     "+ if (first < 2 ) return other(first, second);"),
                ("arguments-swapped", "- if (first < 2 && !closed_) return other(first, second);\n"
                                      "+ if (first < 2 && !closed_) return other(second, first);"),
                ("order", "- return sum_.load(std::memory_order_acquire);\n"
                          "+ return sum_.load(std::memory_order_relaxed);"),
                ("lock-without-a-name", "- const std::lock_guard lock{mutex_};\n"
                                        "+ static_cast<void>(std::lock_guard{mutex_});"),
                ("never", "- for (int i = 0; i < first; ++i) {\n+ for (int i = 0; false && (i < first); ++i) {"),
                ("early-return", "- waiting_.signal();\n+ return {}; waiting_.signal();")]:
            self.assertIn(change, found[kind], kind)
        self.assertTrue(any("lock.unlock();" in change for change in found["unlocked-behind"]))
        self.assertTrue(found["swapped"])

    def test_what_is_no_code_stays(self):
        self.assertEqual(kinds('// waiting_.signal();\nconst char* text = "";\n'), {})

    def test_each_exercise_has_thirty_with_names_and_changes_of_their_own(self):
        for exercise in learner.names():
            mutants = mutate.of_exercise(exercise)
            self.assertGreaterEqual(len(mutants), 30, exercise)
            self.assertEqual(len({one.name for one in mutants}), len(mutants), exercise)

    def test_only_the_learners_lines_change(self):
        for exercise in learner.names():
            files = {one.path: one for one in learner.files(exercise)}
            for one in mutate.of_exercise(exercise):
                before, after = files[one.file].text.splitlines(), one.text.splitlines()
                changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
                for tag, first, last, _, _ in changes:
                    inside = any(low <= first + 1 and last <= high for low, high in files[one.file].spans)
                    self.assertTrue(tag == "equal" or inside, one.name)

    def test_the_equivalents_are_mutants(self):
        for exercise, change in judging.equivalents():
            changes = {one.diff.replace("\n", judging.BREAK) for one in mutate.of_exercise(exercise)}
            self.assertIn(change, changes, "no mutant is changed like this any more")

    def test_people_write_thirty_right_ones_and_a_wrong_one_for_every_requirement(self):
        right = [one for exercise in learner.names() for one in people.read("right", exercise)]
        self.assertGreaterEqual(len(right), 30)
        for exercise in learner.names():
            wrong = people.read("wrong", exercise)
            self.assertGreaterEqual(len(wrong), 8, exercise)
            known = set(people.requirements(exercise))
            self.assertLessEqual({one.requirement for one in wrong}, known, exercise)


if __name__ == "__main__":
    unittest.main(verbosity=0)
