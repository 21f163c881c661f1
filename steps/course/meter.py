"""Says how far a build is while one waits: on a terminal one line that comes and goes, otherwise a line now and then.

A build that is over at once is silent.
"""
import re
import sys
import threading
import time

from .say import is_terminal, width

NINJA = re.compile(r"^\[(\d+)/(\d+)\] (.*)")
INTERVAL = 15      # seconds between two lines where there is no terminal
FEW = 10           # steps of a build that need no announcement


class Meter:
    """`with Meter("what the check needs") as meter:`, and meter.take(line) for each line of ninja's."""

    def __init__(self, what):
        self.what = what
        self._begin = time.monotonic()
        self._shows = is_terminal(sys.stderr)
        self._done, self._all, self._doing = 0, 0, ""
        self._is_over = threading.Event()
        self._lock = threading.Lock()   # of the line: a tick and a step at once would mix
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self):
        self._ticker.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._ticker.join()
        if self._shows:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def take(self, line):
        step = NINJA.match(line)
        if not step:
            return
        is_first = not self._all
        self._done, self._all, self._doing = int(step[1]), int(step[2]), step[3]
        if self._shows:
            self._say()
        elif is_first and self._all >= FEW:
            print(f"building {self.what}, {self._all} steps", file=sys.stderr, flush=True)

    def _tick(self):
        while not self._is_over.wait(1 if self._shows else INTERVAL):
            self._say()

    def _say(self):
        seconds = time.monotonic() - self._begin
        steps = f", {self._done} of {self._all} steps" if self._all else ""
        text = f"building {self.what}{steps}, {seconds:.0f} s"
        with self._lock:
            if self._shows:
                line = f"{text}: {self._doing}" if self._doing else text
                print("\r\x1b[K" + line[: width() - 1], end="", file=sys.stderr, flush=True)
            else:
                print(text, file=sys.stderr, flush=True)
