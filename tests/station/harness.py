"""What the black-box tests of `station serve` share: a server on free ports in a folder of its own, and a runner.

A test file is a list of functions marked with @scenario. Those that name no options share one server, so that each also
shows that the ones before it did no harm; the others get a server of their own. Every server is ended with SIGTERM at
last, and must leave with status 0 and nothing on standard error that no scenario has announced.
"""

import argparse
import contextlib
import itertools
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import nats_cluster  # noqa: E402
import station_server  # noqa: E402
from failure import Failure, check, equal  # noqa: E402, F401
from station_server import PATIENCE  # noqa: E402

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} (debug|info|warning|error) .+")
COUNTS = re.compile(r'\{"received":(\d+),"processed":(\d+),"dropped":(\d+)\}')


class Skip(Exception):
    """This machine has not what the scenario needs."""


def until(condition, what, seconds=PATIENCE, pause=0.01):
    """Asks again and again until the answer is true; returns it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        check(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        time.sleep(pause)


def lasting_port():
    """For a server that comes back: below those that a connection's own end may get while it is away."""
    while True:
        port = random.randrange(10000, 15000)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Settings:
    station = ""
    short = False  # with a sanitizer everything is slower, and large volumes show nothing new
    cluster = None  # nats-server, where events live there in place of folders
    rounds = 0  # of what is repeated
    prefixes = itertools.count(1)


FOLDER_OPTIONS = ("--segment-bytes", "--durability")   # of this machine's log alone


def without(named, options):
    """The options without these, each of which has a value."""
    at = [i for i, option in enumerate(options) if option in named]
    return [option for i, option in enumerate(options) if i not in at and i - 1 not in at]


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Server(station_server.Server):
    """A running `station serve` with a folder of its own, whose words and end are looked at."""

    def __init__(self, *options, folder=None, port=0, prefix=(), expected=(), environment=None, nats_prefix=None):
        self.nats_prefix = nats_prefix or f"test{next(Settings.prefixes)}"
        self._own_folder = tempfile.TemporaryDirectory(prefix="station-test-") if folder is None else None
        self.folder = folder or self._own_folder.name
        self.expected = list(expected)  # patterns of warnings and errors that are right here
        if Settings.cluster is not None:
            options = without(FOLDER_OPTIONS, options)
        super().__init__(Settings.station, self._place(), *options, port=port, prefix=prefix, environment=environment)
        try:
            self.open()
        except station_server.NotStarted as failed:
            raise Failure(str(failed)) from None

    def __exit__(self, *_):
        super().__exit__()
        if self._own_folder:
            self._own_folder.cleanup()

    def _place(self):
        if Settings.cluster is None:
            return self.data
        return ["--engine", Settings.cluster.urls, "--nats-prefix", self.nats_prefix]

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    def resident(self):
        return resident_bytes(self.pid)

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds=PATIENCE):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"still there after {seconds} s; standard error has: {self.stderr()}") from None

    def stop(self, number=signal.SIGTERM, status=0):
        """Ends it as a service manager does; what it wrote must be what was expected."""
        self.send_signal(number)
        equal(self.wait(), status, f"the exit status; standard error has {self.stderr()!r}")
        self.check_stderr()
        return self.counts()

    def counts(self):
        """(received, processed, dropped) of the last line on standard error."""
        lines = self.stderr().splitlines()
        match = COUNTS.fullmatch(lines[-1]) if lines else None
        check(match, f"the last line on standard error should be the counts: {self.stderr()!r}")
        return tuple(int(number) for number in match.groups())

    def check_stderr(self):
        for line in self.stderr().splitlines():
            match = LOG_LINE.fullmatch(line)
            if COUNTS.fullmatch(line) or (match and match[1] in ("debug", "info")):
                continue
            check(any(re.search(pattern, line) for pattern in self.expected), f"unexpected on standard error: {line}")


def run_station(*arguments, **more):
    """Runs a command of `station` that ends by itself."""
    return subprocess.run([Settings.station, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE, **more)


SCENARIOS = []


def scenario(*options, own=False, expected=(), bare=False, long=False, local=False):
    """own: a server of its own, with these options; bare: none at all; long: not with a sanitizer; local: about the log of
    this machine, whatever other engines there are."""

    def mark(function):
        SCENARIOS.append((function, options, own or bool(options) or bool(expected), expected, bare, long, local))
        return function

    return mark


def name_of(function):
    return function.__name__.replace("_", " ")


def run_one(function, options, own, expected, bare, shared):
    if bare:
        return function()
    if not own:
        return function(shared())
    with Server(*options, expected=expected) as server:
        function(server)
        if server.process.poll() is None:
            server.stop()
    return None


def main(nodes=0, rounds=0):
    """nodes: of a cluster that all servers have in place of folders; rounds: what --rounds is without being given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--station", required=True, help="the binary")
    parser.add_argument("--short", action="store_true", help="small volumes, for a server that a sanitizer slows down")
    parser.add_argument("--only", default="", help="scenarios with this in their name")
    parser.add_argument("--nats", action="store_true", help="events live in a nats-server: --engine; exit 77 without one")
    parser.add_argument("--rounds", type=int, default=rounds, help="of what a test repeats")
    arguments = parser.parse_args()
    Settings.station = os.path.abspath(arguments.station)
    Settings.short = arguments.short
    Settings.rounds = arguments.rounds
    nodes = nodes or (1 if arguments.nats else 0)
    if nodes and nats_cluster.program() is None:
        print("there is no nats-server here")
        sys.exit(77)
    with contextlib.ExitStack() as stack:
        if nodes:
            max_payload = "64MB" if arguments.nats else "1MB"
            Settings.cluster = stack.enter_context(nats_cluster.Cluster(nodes, max_payload))
        ran, failed = run_all(arguments.only)
    if ran == 0:
        print("no scenario has that name")
    sys.exit(1 if failed or ran == 0 else 0)


def run_all(only):
    """How many scenarios ran, and how many of them failed."""
    servers = []

    def shared():
        if not servers or servers[-1].process.poll() is not None:
            servers.append(Server())
        return servers[-1]

    failed = 0
    ran = 0
    try:
        for function, options, own, expected, bare, long, local in SCENARIOS:
            if only not in name_of(function) or (long and Settings.short) or (local and Settings.cluster):
                continue
            ran += 1
            began = time.monotonic()
            try:
                run_one(function, options, own, expected, bare, shared)
                print(f"ok    {time.monotonic() - began:6.2f} s  {name_of(function)}", flush=True)
            except Skip as skip:
                print(f"skip            {name_of(function)}: {skip}", flush=True)
            except Exception as failure:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL  {time.monotonic() - began:6.2f} s  {name_of(function)}: {failure}", flush=True)
                if not isinstance(failure, Failure):
                    traceback.print_exc()
        for server in servers:
            try:
                if server is servers[-1]:
                    server.stop()
                else:
                    check(False, f"the shared server ended by itself: {server.stderr()}")
            except Failure as failure:
                failed += 1
                print(f"FAIL  the shared server's end: {failure}", flush=True)
    finally:
        for server in servers:
            server.__exit__()
    return ran, failed
