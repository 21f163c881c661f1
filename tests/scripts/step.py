"""Starts a step as its users do, and ends it: what the tests of whole programs share."""

import contextlib
import re
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# Nothing here waits longer: only a broken program makes anybody wait that long.
PATIENCE = 60.0

# Which of the shared options each step has a use for.
USES = {
    "01_blocking_echo": set(),
    "02_async_echo": set(),
    "03_json_parsing": set(),
    "04_in_task_processing": {"--work"},
    "05_bounded_channel": {"--work", "--queue"},
    "06_worker_threads": {"--work", "--queue", "--workers"},
    "07_mutex_state": {"--work", "--queue", "--workers"},
    "08_sharded_map": {"--work", "--queue", "--workers", "--shards"},
    "09_atomic_metrics": {"--work", "--queue", "--workers", "--shards"},
    "10_graceful_shutdown": {"--work", "--queue", "--workers", "--shards", "--drain-timeout"},
}


class Failure(Exception):
    """The program did something else than it promises."""


def check(holds, message):
    if not holds:
        raise Failure(message)


class Step:
    """A running step. As a context, it is killed at the latest when the context ends."""

    def __init__(self, binary, *options):
        self.name = Path(binary).name
        self._stderr = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [binary, "--port", "0", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._stderr
        )
        try:
            self.port = self._read_port()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._stderr.close()

    @property
    def pid(self):
        return self._process.pid

    def _read_port(self):
        readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline().decode() if readable else ""
        match = re.fullmatch(re.escape(self.name) + r" listening on 127\.0\.0\.1:(\d+)\n", line)
        check(match, f"the first line on standard output is {line!r}; standard error has: {self.stderr()}")
        return int(match[1])

    def send_signal(self, number):
        self._process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """The exit status, as subprocess has it."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"still there after {seconds} s; standard error has: {self.stderr()}") from None

    def end(self, number):
        """Sends a signal; returns the exit status and the seconds that it took to leave."""
        begin = time.monotonic()
        self.send_signal(number)
        status = self.wait()
        return status, time.monotonic() - begin

    def rest_of_stdout(self):
        return self._process.stdout.read().decode()

    def stderr(self):
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")


def run(*command):
    """Runs a program that should end by itself."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)


def counts(step):
    """The JSON in the last line on standard error, as (received, processed, dropped)."""
    lines = step.stderr().splitlines()
    match = lines and re.fullmatch(r'\{"received":(\d+),"processed":(\d+),"dropped":(\d+)\}', lines[-1])
    check(match, f"the last line on standard error should be the counts, but there is: {step.stderr()!r}")
    return tuple(int(number) for number in match.groups())


@contextlib.contextmanager
def reported(name):
    """Turns a Failure into a line and exit status 1."""
    try:
        yield
    except Failure as failure:
        raise SystemExit(f"{name}: {failure}") from None


SIGNALS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}
