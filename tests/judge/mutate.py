#!/usr/bin/env python3
"""All that a tool can make of the learner's parts of an exercise's reference: mutants, each with one small change.

    mutate.py [EXERCISE…] [--diff]     their names, or the changed lines as well

A mutant's name is exercise/kind-line-n; it is known by its change (its diff), which outlives a line number. Not all of
them compile, and not all of them are wrong: run.py finds out. Mutation testing is from DeMillo, Lipton and Sayward,
"Hints on test data selection" (1978); what is done to locks and waits follows Bradbury, Cordy and Dingel, "Mutation
operators for concurrent Java" (2006).
"""
import argparse
import collections
import dataclasses
import difflib
import pathlib
import sys

import learner
import operators
from cpp_text import Source


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    exercise: str
    file: str
    text: str
    diff: str  # the lines that changed, "- old" and "+ new", without their place


def changed_lines(old, new):
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    kept = [line[0] + " " + line[1:].strip() for line in lines if line[:2] not in ("--", "++", "@@")]
    return "\n".join(kept)


def of_file(file):
    source = Source(file.text)
    inside = operators.Inside(source, file.spans)
    seen = {file.text}
    counts = {}
    for kind, line, edits in operators.all_changes(inside):
        text = file.text
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        if text in seen:
            continue
        seen.add(text)
        counts[kind, line] = counts.get((kind, line), 0) + 1
        name = f"{file.exercise}/{kind}-{line}-{counts[kind, line]}"
        yield Mutant(name, file.exercise, file.path, text, changed_lines(file.text, text))


def of_exercise(exercise):
    """Of all its files; where two files have a name in common, the file's follows."""
    found = [mutant for file in learner.files(exercise) for mutant in of_file(file)]
    times = collections.Counter(mutant.name for mutant in found)
    return [mutant if times[mutant.name] == 1 else
            dataclasses.replace(mutant, name=f"{mutant.name}-{pathlib.PurePath(mutant.file).stem}") for mutant in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--diff", action="store_true")
    options = parser.parse_args()
    for exercise in options.exercises or learner.names():
        mutants = of_exercise(exercise)
        print(f"{exercise}: {len(mutants)}")
        for mutant in mutants:
            print(f"  {mutant.name}" + ("\n    " + mutant.diff.replace("\n", "\n    ") if options.diff else ""))


if __name__ == "__main__":
    sys.exit(main())
