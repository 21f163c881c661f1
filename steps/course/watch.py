"""./dev watch: checks at every save, until Ctrl+C. A save during a check begins it anew."""
import os
import pathlib
import signal
import subprocess
import sys
import time

from . import places, progress
from .check import pick
from .say import PASS, Stop, is_terminal

COURSE = pathlib.Path(__file__).resolve().parent
INTERVAL = 0.2    # seconds between two looks at the files
PATIENCE = 10     # seconds that a check has to clean up after itself
SKIPPED = ("~", ".swp", ".swx", ".swo", ".tmp", ".pyc")   # what editors and interpreters leave beside a file


def snapshot(folder):
    """What tells one state of the folder from another: editors save by writing, or by renaming another file over it."""
    found = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith(".")]
        for name in files:
            if name.startswith((".", "#")) or name.endswith(SKIPPED) or name == "4913":   # vim tries out this name
                continue
            path = os.path.join(parent, name)
            try:
                status = os.stat(path)
            except OSError:
                continue
            found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def settled(folder):
    """The folder's state once it has been the same for two looks: a save is several writes."""
    before = snapshot(folder)
    while True:
        time.sleep(INTERVAL / 2)
        after = snapshot(folder)
        if after == before and after:
            return after
        before = after


def _end(child):
    """The check ends what it started, then itself."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _start_check(exercise, words):
    if is_terminal():
        print("\x1b[2J\x1b[3J\x1b[H", end="")
    print(f"{progress.now()}  ./dev check {' '.join([exercise.key, *words])}", flush=True)
    # A session of its own: Ctrl+C comes here first.
    return subprocess.Popen([sys.executable, "-B", COURSE, "check", exercise.key, *words], cwd=places.ROOT,
                            env={**os.environ, "STATION_HERE": str(places.HERE)}, start_new_session=True,
                            stdin=subprocess.DEVNULL)


def watch(words):
    exercise, words = pick(words)
    if not exercise.is_started:
        raise Stop(f"there is nothing to watch in {places.shown(exercise.work)} yet: ./dev start {exercise.key}")
    child = None
    try:
        while True:
            seen = settled(exercise.work)
            child = _start_check(exercise, words)
            is_told = False
            while snapshot(exercise.work) == seen:
                if not is_told and child.poll() is not None:
                    print(f"\nwatching {places.shown(exercise.work)}: save to check again, Ctrl+C to end", flush=True)
                    is_told = True
                time.sleep(INTERVAL)
            if child.poll() is None:
                print("\nsaved during the check: once more", flush=True)
            _end(child)
    except KeyboardInterrupt:
        print("\nno longer watching")
        return PASS
    finally:
        if child:
            _end(child)
