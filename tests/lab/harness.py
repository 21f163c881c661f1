"""What the scenarios share: options, seeds, verdicts, programs that are ended on every path, and JSON."""
import argparse
import collections
import json
import os
import random
import re
import signal
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(ROOT, "tests", "support"))

PATIENCE = 60.0  # nothing waits longer: only a broken station makes anybody wait that long
SKIPPED = 77


class Wrong(Exception):
    """The station broke a promise."""


class Skip(Exception):
    """This machine has not what the scenario needs, or is too noisy to judge."""


def check(holds, *words):
    if not holds:
        raise Wrong(" ".join(str(word) for word in words))


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")


def need_program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Skip(f"needs {name}")
    return found


def until(condition, what, seconds=PATIENCE, pause=0.002):
    """Asks again and again until the answer is true; returns it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        check(time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)


class Cleanup:
    """What must be undone on every path: last in, first out. Ctrl+C and SIGTERM get here as exceptions."""

    def __init__(self):
        self.actions = []

    def add(self, action, *arguments):
        self.actions.append((action, arguments))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while self.actions:
            action, arguments = self.actions.pop()
            try:
                action(*arguments)
            except Exception as error:  # pylint: disable=broad-except
                print(f"cleaning up: {error}", file=sys.stderr)

    def folder(self, prefix="station-lab-", where=None):
        path = tempfile.mkdtemp(prefix=prefix, dir=where)
        self.add(shutil.rmtree, path, True)
        return path


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


def end(process):
    """Ends one process that we started, and first what it started: strace, killed, would leave its own behind."""
    if process.poll() is None:
        children = children_of(process.pid)
        for child in children:
            os.kill(child, signal.SIGKILL)
        if not children:
            process.kill()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            try:
                pipe.close()
            except OSError:
                pass


class Run:
    """One run of a scenario: its options, its own chance, and what is to be reported."""

    def __init__(self, options, seed):
        self.options = options
        self.seed = seed
        self.random = random.Random(seed)
        self.count = options.count
        self.report = {}
        self.cleanup = Cleanup()
        self.broken = collections.Counter()  # what attempt() caught, by its first words

    def program(self, name):
        path = os.path.join(self.options.bin, name)
        if not os.path.exists(path):
            raise Skip(f"needs {path}: ./dev build")
        return path

    @property
    def station(self):
        return self.program("station")

    def add(self, **numbers):
        for name, number in numbers.items():
            self.report[name] = self.report.get(name, 0) + number

    def attempt(self, once, *arguments):
        """One of many: what it leaves is cleaned up, and where it goes wrong, the others are tried all the same."""
        outer = self.cleanup
        try:
            with Cleanup() as self.cleanup:
                once(self, *arguments)
        except Wrong as wrong:
            self.note_broken(str(wrong))
        finally:
            self.cleanup = outer

    def note_broken(self, words):
        words = re.sub(r"/\S*station-lab-[^/\s]*", "...", words)[:300].strip()
        if words not in self.broken and len(self.broken) < 20:
            self.say("broken:", words)
        self.broken[words] += 1

    def say(self, *words):
        print("   ", *words, flush=True)

    def station_command(self, *arguments, ok=(0,), **more):
        done = subprocess.run([self.station, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE, check=False, **more)
        # Of a thousand topics that `verify` lists, the sound ones are not what is looked for.
        said = [line for line in done.stdout.decode().splitlines() if not line.endswith(", sound")]
        check(done.returncode in ok, f"station {' '.join(arguments)}: status {done.returncode}:",
              "\n".join(said)[:500], done.stderr.decode()[-500:])
        return done

    def driver(self, name, *arguments, ok=(0,), seconds=3600):
        """A C++ driver: prints one line of JSON last."""
        done = subprocess.run([self.program(name), *map(str, arguments)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, check=False)
        words = done.stderr.decode(errors="replace").strip()
        check(done.returncode in ok, name, *arguments, f": status {done.returncode}:", words[-2000:])
        return json.loads(done.stdout.decode().splitlines()[-1]), words


def verdict_words(report):
    words = []
    for name, value in report.items():
        if isinstance(value, dict):
            words.append(f"{name}: {verdict_words(value)}")
        else:
            words.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(words)


def run_scenario(name, module, options):
    """Returns what goes into the JSON, with "verdict": pass, fail or skip."""
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    given = argparse.Namespace(**vars(options))
    given.count = options.count if options.count is not None else module.COUNT
    print(f"{name}: --seed {seed} --count {given.count}", flush=True)
    run = Run(given, seed)
    began = time.monotonic()
    found = {"scenario": name, "seed": seed, "count": given.count}
    try:
        with run.cleanup:
            module.run(run)
        if run.broken:
            raise Wrong(f"broken {sum(run.broken.values())} times, oftenest: {run.broken.most_common(1)[0][0]}")
        found["verdict"] = "pass"
    except (KeyboardInterrupt, SystemExit):
        print(f"    so far: {verdict_words(run.report)}", flush=True)
        raise
    except Skip as skip:
        found.update(verdict="skip", reason=str(skip))
    except Wrong as wrong:
        found.update(verdict="fail", reason=str(wrong))
    except subprocess.TimeoutExpired as late:
        found.update(verdict="fail", reason=f"hangs: {late}")
    except Exception as error:  # pylint: disable=broad-except
        traceback.print_exc()
        found.update(verdict="fail", reason=f"{type(error).__name__}: {error}")
    found["seconds"] = round(time.monotonic() - began, 1)
    found["report"] = run.report
    print(f"    {verdict_words(run.report)}")
    reason = f": {found['reason']}" if "reason" in found else ""
    shown = {"pass": "PASS", "fail": "FAIL", "skip": "skipped"}[found["verdict"]]
    print(f"{shown} {name} in {found['seconds']} s{reason}", flush=True)
    return found


def turn_signals_into_exceptions():
    def stop(number, _frame):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
