"""The exercises of the course, as their folders describe them."""

import json
import re

BEGIN = re.compile(r"^ *// ---- your part: .+ ----$")
END = re.compile(r"^ *// ---- end of your part ----$")


def folders(root):
    """Every exercise's folder, by the name that ./dev knows it by."""
    found = {path.parent.name: path for path in sorted(root.glob("steps/[01]*/exercise"))}
    for path in sorted(root.glob("steps/final_station/exercise/*/exercise.json")):
        found[path.parent.name] = path.parent
    return found


def description(folder):
    return json.loads((folder / "exercise.json").read_text(encoding="utf-8"))


def body(path):
    """The lines of a file, without the comment at its head."""
    lines = path.read_text(encoding="utf-8").splitlines()
    while lines and lines[0].startswith("//"):
        lines.pop(0)
    return lines


def given(skeleton):
    """What a skeleton gives, as blocks of lines: what stands before, between and behind the learner's parts."""
    blocks = [[]]
    inside = False
    for line in body(skeleton):
        if BEGIN.match(line):
            if inside:
                raise ValueError(f"{skeleton}: a part begins within a part")
            inside = True
            blocks.append([])
        elif END.match(line):
            if not inside:
                raise ValueError(f"{skeleton}: a part ends that has not begun")
            inside = False
        elif not inside:
            blocks[-1].append(line)
    if inside or len(blocks) == 1:
        raise ValueError(f"{skeleton}: no part, or one without an end")
    return blocks


def find(lines, block, start):
    for at in range(start, len(lines) - len(block) + 1):
        if lines[at : at + len(block)] == block:
            return at
    return None


def parts(skeleton, reference):
    """The reference's lines in place of the learner's parts; None where what is given is not the reference's."""
    lines = body(reference)
    blocks = given(skeleton)
    if lines[: len(blocks[0])] != blocks[0] or lines[len(lines) - len(blocks[-1]) :] != blocks[-1]:
        return None
    at = len(blocks[0])
    found = []
    for index, block in enumerate(blocks[1:], 1):
        last = index == len(blocks) - 1
        begin = len(lines) - len(block) if last else find(lines, block, at)
        if begin is None or begin < at:
            return None
        found.append(lines[at:begin])
        at = begin + len(block)
    return found


def code_lines(part):
    return [line for line in part if line.strip() and not line.strip().startswith("//")]
