"""Where things are. The environment overrides what a test, or a class of its own kind, wants elsewhere.

    STATION_WORK    the learner's files; work/ by default
    STATION_BUILD   the build folder; build/ by default
    STATION_BIN     ready checker and steps; by default bin/ in the build folder, brought up to date before each check
    STATION_HERE    the folder that relative paths of the command line start from; ./dev sets it
"""
import os
import pathlib
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def _folder(variable, default):
    return pathlib.Path(os.path.abspath(os.environ.get(variable) or default))


WORK = _folder("STATION_WORK", ROOT / "work")
BUILD = _folder("STATION_BUILD", ROOT / "build")
BIN = _folder("STATION_BIN", BUILD / "bin")
HERE = _folder("STATION_HERE", os.getcwd())
IS_BIN_GIVEN = bool(os.environ.get("STATION_BIN"))

PROGRESS = WORK / "progress.json"
HISTORY = WORK / "history.jsonl"


def shown(path):
    """The path as a person at the top of the repository would type it."""
    path = pathlib.Path(path)
    return str(path.relative_to(ROOT)) if ROOT in path.parents else str(path)


def typed(path):
    """The path that the command line meant."""
    return pathlib.Path(os.path.abspath(HERE / os.path.expanduser(path)))


def mend_temporary_folder():
    """A TMPDIR that can't be used is no learner's fault: all that is started from here gets one that can."""
    if os.environ.get("TMPDIR"):
        os.environ["TMPDIR"] = tempfile.gettempdir()
