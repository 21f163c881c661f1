"""Runs programs that start others, and leaves none of them behind, whatever ends the run.

What a run starts, however deep, carries a mark in its environment: that finds a server whose checker was ended, too.
"""
import contextlib
import os
import signal
import subprocess
import threading
import time
import uuid

MARK = "STATION_RUN"
GRACE = 3   # seconds that a program has to clean up after itself, before all that it started is killed


class TimeUp(Exception):
    pass


def interrupt_on_termination():
    """A verb that is told to end (SIGTERM, SIGHUP) cleans up as after Ctrl+C."""
    def interrupt(number, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)


def _carriers(mark):
    needle = f"{MARK}={mark}".encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry}/environ", "rb") as file:
                if needle in file.read().split(b"\0"):
                    yield int(entry)


def _end_all(mark):
    for _ in range(20):
        found = list(_carriers(mark))
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _end(process, mark):
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    _end_all(mark)


@contextlib.contextmanager
def started(command, limit=None, **options):
    """A Popen for the block; when the block ends, all that the program started has ended.

    After `limit` seconds all of it is ended, and the block's end raises TimeUp.
    """
    mark = uuid.uuid4().hex
    environment = dict(options.pop("env", os.environ), **{MARK: mark})
    try:
        process = subprocess.Popen([str(word) for word in command], env=environment, **options)
    except OSError as error:
        raise FileNotFoundError(f"{command[0]} can't be run: {error.strerror}") from None
    is_up = threading.Event()

    def time_up():
        is_up.set()
        _end(process, mark)

    timer = threading.Timer(limit or 0, time_up)
    if limit:
        timer.start()
    try:
        yield process
        if is_up.is_set():
            raise TimeUp
    finally:
        timer.cancel()
        _end(process, mark)
        process.wait()
        if process.stdout:
            process.stdout.close()


def run(command, limit=None, **options):
    """Its exit status, negative where a signal ended it. TimeUp after `limit` seconds."""
    with started(command, limit, **options) as process:
        return process.wait()
