"""What a compiler said, made short: the learner's own errors first, and the one thing to do next."""
import dataclasses
import os
import re

from . import places

MOST_ERRORS = 2
MOST_LINES = 12   # of one error: templates explain themselves for pages
DIAGNOSTIC = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? (?:fatal )?(?P<kind>error|warning|note): ")
LINKER = re.compile(r"(undefined reference to|multiple definition of|undefined symbol:?) [`'\"]?[^;\n]*")
NOISE = re.compile(r"^(\[\d+/\d+\] |ninja: |FAILED: |collect2: |cc1plus: |compilation terminated|\d+ errors? generated|"
                   r"In file included from |\s+from |.*: In (member )?function |"
                   r".*: In (static |copy )?\w* ?constructor|"
                   r".*: At global scope|.*: In instantiation of |.*:\d+:\d+:   required )")
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


@dataclasses.dataclass
class Error:
    file: str
    line: int
    text: str


def _absolute(output, build):
    """The build names files from where it stands, as in ../work/… or grade/…"""
    def absolute(up):
        return os.path.join(os.path.normpath(os.path.join(build, up[0])), "")

    output = re.sub(r"(?<![\w./])(?:\.\./)+", absolute, output)
    return re.sub(r"^(?!/)(?=[^\s:]+:\d+:(\d+:)? )", lambda _: os.path.join(build, ""), output, flags=re.MULTILINE)


def find_errors(output):
    """The compiler's errors, each with its code lines and notes, in the order in which they came."""
    errors = []
    is_within = False
    for raw in output.splitlines():
        line = COLOUR.sub("", raw)
        diagnostic = DIAGNOSTIC.match(line)
        if diagnostic and diagnostic["kind"] == "error":
            errors.append(Error(diagnostic["file"], int(diagnostic["line"]), line))
            is_within = True
        elif diagnostic and diagnostic["kind"] == "warning" or NOISE.match(line):
            is_within = False
        elif is_within and errors[-1].text.count("\n") + 1 < MOST_LINES:
            errors[-1].text += "\n" + line
    return errors


def _short(text, folders):
    """Paths as a person types them, not as the build does."""
    for folder, short in folders:
        text = text.replace(os.path.join(str(folder), ""), short)
    return text


def explain(output, exercise, tree, log):
    """What to print, and the line that says what to do next."""
    folder = tree.work / exercise.name
    output = _absolute(output, tree.build)
    folders = [(folder, os.path.join(places.shown(exercise.work), "")), (places.ROOT, "")]
    errors = find_errors(output)
    own = [one for one in errors if one.file.startswith(os.path.join(folder, ""))]
    about_it = [one for one in errors if str(folder) in one.text]
    first_file = places.shown(exercise.edited[0])
    chosen = (own or about_it or errors)[:MOST_ERRORS]
    if chosen:
        text = "\n\n".join(_short(one.text, folders) for one in chosen)
        left = len(errors) - len(chosen)
        if left:
            text += f"\n\n… and {left} more; often they follow from the first"
        if own:
            file = _short(own[0].file, folders)
            what = f"mend line {own[0].line} of {file}"
        else:
            user = _short(chosen[0].file, folders)
            what = f"the error shows in {user}, which uses {first_file}: give it what it asks for"
    else:
        the_end = "\n".join(output.splitlines()[-MOST_LINES:])
        text, what = _explain_linker(output, exercise) or (the_end, f"read {places.shown(log)}")
        text = _short(text, folders)
    return text, f"{what}, then ./dev check {exercise.key}"


def _explain_linker(output, exercise):
    found = list(dict.fromkeys(match[0] for match in LINKER.finditer(output)))
    if not found:
        return None
    file = places.shown(exercise.edited[0])
    # The library's own file came in beside the learner's: only for something that the learner's no longer defines.
    if any(line.startswith("multiple") for line in found):
        skeleton = places.shown(exercise.folder / exercise.files[0][0])
        return (f"the linker misses something that the skeleton defines and {file} no longer does",
                f"put it back (diff {skeleton} {file} shows it)")
    return "\n".join(found[:MOST_LINES]), f"define in {file} what the linker misses"
