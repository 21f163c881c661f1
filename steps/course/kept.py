"""What has been graded once is not graded again: a class that was interrupted goes on where it was.

build/graded/ has a file for each result, named by a hash of all that it depends on: the exercise, each byte that was
handed in, the limit, and the checker, which is the repository with its binaries. Only verdicts are kept, never trouble
(noise, a checker that died): that is tried again.
"""
import contextlib
import dataclasses
import hashlib
import json

from . import checking, places
from .files import regular_files, write_whole

FOLDER = places.BUILD / "graded"
KEPT = ("pass", "fail", "does not compile", "timeout")
REPOSITORY = ("common", "loadgen", "steps", "tests/contract")   # what a verdict can depend on …
PROSE = (".md", "_test.py", "_test.cpp")                        # … but for these


def _add_folder(digest, folder, but_for=()):
    files, left_out = regular_files(folder)
    for name in files:
        if name.endswith(but_for):
            continue
        content = (folder / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
    digest.update("\0".join(left_out).encode("utf-8", "surrogateescape"))


def _checker(chosen):
    digest = hashlib.sha256()
    for folder in REPOSITORY:
        _add_folder(digest, places.ROOT / folder, but_for=PROSE)
    for target in sorted({target for exercise in chosen for target in checking.tool_targets(exercise)}):
        with contextlib.suppress(OSError):
            status = (places.BIN / target.rpartition("/")[2]).stat()
            digest.update(f"{target} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class Kept:
    def __init__(self, chosen, limit):
        self._basis = f"{_checker(chosen)} {limit:g}"

    def _file(self, handed_in, exercise):
        digest = hashlib.sha256(f"{self._basis} {exercise.name} ".encode())
        _add_folder(digest, handed_in)
        return FOLDER / f"{exercise.name}-{digest.hexdigest()[:32]}.json"

    def result(self, handed_in, exercise, kind):
        """The result, a `kind`, that these very files came to before; None where there is none that can be read."""
        try:
            return kind(**json.loads(self._file(handed_in, exercise).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, handed_in, exercise, result):
        """That it can't be kept is no reason to lose it: it is graded again one day."""
        if result.verdict in KEPT:
            with contextlib.suppress(OSError):
                FOLDER.mkdir(parents=True, exist_ok=True)
                write_whole(self._file(handed_in, exercise), json.dumps(dataclasses.asdict(result)) + "\n")
