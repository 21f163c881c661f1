"""Tells whether a program is the learner's own, or the repository's in other clothes: no crime, but worth saying.

What it sees: a copy, with other comments and blanks, too; a link; a file that includes the repository's; a command that
starts a binary of the repository, itself or from a script. Who hides it better than that has understood the exercise.
"""
import filecmp
import os
import re
import shlex

from . import places

COMMENT = re.compile(r"""//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*")""", re.DOTALL)
QUOTED = re.compile(r"""["<]([^"<>\n]+)[">]""")
INCLUDE_NEXT = re.compile(r"""^[ \t]*#[ \t]*include_next[ \t]*["<]([^"<>\n]+)[">]""", re.MULTILINE)
LARGEST_SCRIPT = 64 << 10   # bytes


def _text(path):
    return path.read_text(encoding="utf-8", errors="replace")


def _essence(path):
    """What the compiler would see of it, nearly: no comments, no blanks."""
    return "".join(COMMENT.sub(lambda match: match[1] or " ", _text(path)).split())


def _includes(path, reference):
    text = COMMENT.sub(lambda match: match[1] or " ", _text(path))
    within = f"/{reference.relative_to(places.ROOT)}"
    if any(reference.as_posix().endswith("/" + name) for name in INCLUDE_NEXT.findall(text)):
        return True
    return any(f"/{name}".endswith(within) or os.path.realpath(path.parent / name) == os.path.realpath(reference)
               for name in QUOTED.findall(text))


def _of_file(path, reference, beside):
    """What the learner's file is to the repository's own; None: something else."""
    if path.is_symlink() and path.resolve() == reference.resolve():
        return "is a link to the repository's own"
    if not path.is_file():
        return None
    if path.read_bytes() == reference.read_bytes():
        return "is the repository's own solution, to the letter"
    if _essence(path) == _essence(reference):
        return "is the repository's own solution, but for comments and blanks"
    if any(_includes(one, reference) for one in [path, *beside] if one.is_file()):
        return "is the repository's own solution, included"
    return None


def of_folder(exercise, folder):
    """One line, where every file of the exercise in that folder is the repository's own; otherwise None."""
    own = [folder / file for file, _ in exercise.files]
    beside = [path for path in folder.rglob("*") if path.suffix in (".hpp", ".cpp", ".h") and path not in own]
    found = [_of_file(folder / file, reference, beside) for file, reference in exercise.files]
    return found[0] if found and all(found) else None


def _is_same(path, binary):
    try:
        return path.samefile(binary) or filecmp.cmp(path, binary, shallow=False)
    except OSError:
        return False


def _words(line):
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _script(path):
    """The words of a small text file; none of anything else."""
    try:
        with open(path, "rb") as file:
            head = file.read(LARGEST_SCRIPT + 1)
    except OSError:
        return []
    if len(head) > LARGEST_SCRIPT or b"\0" in head:
        return []
    return [word for line in head.decode("utf-8", errors="replace").splitlines() for word in _words(line)]


def _started(words, folder, binaries, scripts):
    for word in words:
        path = folder / os.path.expanduser(word)
        if not path.is_file():
            continue
        binary = next((one for one in binaries if _is_same(path, one)), None)
        if binary:
            return binary
        within = _started(_script(path), folder, binaries, scripts - 1) if scripts else None
        if within:
            return within
    return None


def of_command(command, folder):
    """One line, where the command starts a step of the repository; otherwise None."""
    binaries = [*sorted(places.BIN.glob("step[0-9]*")), places.BIN / "station"]
    binary = _started(_words(command), folder, binaries, scripts=1)
    return f"is the repository's own {binary.name}" if binary else None
