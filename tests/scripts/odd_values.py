#!/usr/bin/env python3
"""Every option of every program, as its --help lists them, with values that nobody meant: it is taken or refused in one
line on standard error, with a status; never a signal, never silence. The same with too few descriptors and too little
memory.

    odd_values.py --bin build/bin [--only PROGRAM] [--all]

Each option gets each of the values that most often go wrong, and some of the others in turn; with --all, all of them.
"""
import argparse
import concurrent.futures
import glob
import itertools
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 120
# A program that took the value and works with it is told to end: a server as soon as it listens, all else after a while.
A_WHILE = 1.0
LISTENS = re.compile(rb"^step\S+ listening on |^station lines on ", re.M)

ODD = {
    "empty": "", "space": " ", "dash": "-", "negative": "-1", "zero": "0", "huge": "9" * 40, "2^64": str(2**64),
    "2^63": str(2**63), "fraction": "0.5", "nan": "nan", "infinite": "1e999", "hexadecimal": "0x10", "word": "foreign",
    "long": "y" * 5000, "bytes": b"\xff\xfe", "newline": "a\nb", "percent": "%s%n", "colon": ":", "at": "@", "equals": "=",
    "parent": "../..", "null device": "/dev/null", "full device": "/dev/full", "time": "99999999999999999999s",
    "year 1": "time:0001-01-01T00:00:00Z", "id": "event:ffffffff", "offset": "offset:-1",
}
ALWAYS = {"empty", "negative", "huge", "word"}
NUMBERS = {"word", "nan", "colon", "at", "equals", "bytes", "newline", "percent", "long", "space", "year 1", "id"}

# What else a command needs to get as far as its options' values; NOBODY is an address where nobody listens.
NOBODY = "127.0.0.1:1"
SOME_ID = "00000000-0000-7000-8000-000000000000"
NEEDS = {
    ("station", "serve"): ["--data", "{tmp}/data", "--port", "0", "--line-port", "0"],
    ("station", "init"): ["--dir", "{tmp}/data"],
    ("station", "publish"): ["--dir", "{tmp}/data", "--topic", "t", "x"],
    ("station", "replay"): ["--dir", "{tmp}/data", "--topic", "t"],
    ("station", "tail"): ["--dir", "{tmp}/data", "--topic", "t", "--from", "beginning", "--limit", "2"],
    ("station", "topics"): ["--dir", "{tmp}/data"],
    ("station", "verify"): ["--dir", "{tmp}/data"],
    ("station", "dump"): ["--dir", "{tmp}/data"],
    ("station", "mirror"): ["--dir", "{tmp}/data", "--topic", "t", "--to", "nats://" + NOBODY, "--once"],
    ("station", "bench"): ["disk", "--dir", "{tmp}/data", "--seconds", "0.01"],
    ("station", "ledger", "append"): ["--dir", "{tmp}/data", "--entity", "a", "--scope", "b", "--kind", "1:1", "1"],
    ("station", "ledger", "get"): ["--dir", "{tmp}/data", SOME_ID],
    ("station", "ledger", "stream"): ["--dir", "{tmp}/data", "a"],
    ("station", "ledger", "walk"): ["--dir", "{tmp}/data", SOME_ID],
    ("station", "ledger", "prove"): ["--dir", "{tmp}/data", "--from", "1"],
    ("station", "ledger", "check-proof"): ["{tmp}/proof", "--head", "{tmp}/head"],
    ("station", "ledger", "forget"): ["--dir", "{tmp}/data", "a"],
    ("station", "ledger", "keygen"): ["{tmp}/key"],
    ("station", "ledger", "bench"): ["--dir", "{tmp}/data", "--only", "get", "--events", "100", "--seconds", "0.01"],
    ("loadgen",): ["--target", NOBODY, "--duration", "10ms"],
    ("check",): ["1", "--bin", "{tmp}/nothing", "--cases", "{tmp}/nothing"],
    ("tour",): ["1", "--bin", "{tmp}/nothing", "--out", "{tmp}/out"],
}
STEP = ["--port", "0"]
LAST_STEP = "step10"  # all take their options through the same code; this one takes them all
OPTION = re.compile(r"^  ((?:-\w,)?--[\w,-]+)(?: ([A-Z]+)\S*)?")


def programs(folder):
    """Command lines without options: each program, and each subcommand of station."""
    steps = sorted(os.path.basename(path) for path in glob.glob(os.path.join(folder, "step*")))
    found = [(step,) for step in steps]
    return found + commands(folder, ("station",)) + [("loadgen",), ("check",), ("tour",)]


def commands(folder, program):
    """The program's subcommands, or those of a subcommand that is a group of them."""
    text = help_of(folder, program).partition("Subcommands:")[2]
    found = [(*program, name) for name in re.findall(r"^  ([\w-]+)", text, re.M)]
    return [one for name in found for one in commands(folder, name)] if found else [program]


def help_of(folder, program):
    done = subprocess.run([os.path.join(folder, program[0]), *program[1:], "--help"], capture_output=True, text=True,
                          timeout=PATIENCE, check=True)
    return done.stdout


def options_of(text):
    """(name, kind) of each option that takes a value."""
    for line in text.splitlines():
        found = OPTION.match(line)
        if found and found[2]:
            for name in found[1].split(","):
                if name.startswith("--"):
                    yield name, found[2]


def without(arguments, name):
    """The arguments that a command needs, but for the option under test, whatever it is called."""
    names = {"--dir": {"--dir", "--data"}, "--data": {"--dir", "--data"}, "--server": {"--dir"}}.get(name, {name})
    kept, i = [], 0
    while i < len(arguments):
        if arguments[i] in names:
            i += 2
        else:
            kept.append(arguments[i])
            i += 1
    return kept


class Case:
    def __init__(self, program, name, kind, odd, limits=None):
        self.program, self.name, self.kind, self.odd, self.limits = program, name, kind, odd, limits or {}

    def __str__(self):
        limits = "".join(f" with {key} {value[1]}" for key, value in self.limits.items())
        option = f" {self.name} {self.odd}" if self.name else ""
        return " ".join(self.program) + option + limits

    def must_be_refused(self):
        return self.name and (self.odd == "empty" or (self.kind in ("INT", "UINT", "FLOAT") and self.odd in NUMBERS)
                              or (self.kind == "UINT" and self.odd in ("negative", "huge", "fraction")))

    def run(self, folder):
        with tempfile.TemporaryDirectory(prefix="station-odd-") as tmp:
            needs = NEEDS.get(self.program, ["--dir", "{tmp}/data"] if self.program[0] == "station" else STEP)
            arguments = [argument.format(tmp=tmp) for argument in (without(needs, self.name) if self.name else needs)]
            command = [os.path.join(folder, self.program[0]), *self.program[1:], *arguments]
            if self.name:
                command += [self.name, ODD[self.odd]]
            prepare(folder, self.program, tmp)
            return self.judge(*end_of(command, tmp, self.limits))

    def judge(self, status, output, errors, was_told):
        if status < 0 and not (was_told and status == -signal.SIGTERM):
            return f"ended by signal {-status}: {errors[-300:]!r}"
        if status == 127 and "error while loading shared libraries" in errors:
            return None  # it never began
        if status > 3:
            return f"status {status}: {errors[-300:]!r}"
        if "terminate called" in errors or "Sanitizer" in errors or "runtime error" in errors:
            return f"standard error: {errors[-300:]!r}"
        if status != 0 and not was_told and not errors.strip() and not output.strip():
            return f"status {status}, and silence"
        if self.must_be_refused() and (status != 2 or len(errors.splitlines()) != 1):
            return f"status {status} in place of 2 and a line: {errors[-300:]!r}"
        if status == 2 and max(map(len, errors.splitlines()), default=0) > 5400:
            return f"a line of {max(map(len, errors.splitlines()))} letters"
        return None


def prepare(folder, program, tmp):
    """A bus for the commands that read one."""
    if program[0] != "station" or program[1] in ("serve", "init", "bench"):
        return
    subprocess.run([os.path.join(folder, "station"), "publish", "--dir", f"{tmp}/data", "--topic", "t", "--durability",
                    "os", "a", "b"], stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE)
    if program[1] == "ledger":
        subprocess.run([os.path.join(folder, "station"), "ledger", "append", "--dir", f"{tmp}/data", "--entity", "a", "--scope",
                        "b", "--kind", "1:1", "--durability", "os", "1"], stdout=subprocess.DEVNULL, check=True,
                       timeout=PATIENCE)


def ends_by_itself(process, output):
    deadline = time.monotonic() + A_WHILE
    pause = 0.002
    while process.poll() is None:
        if time.monotonic() > deadline or LISTENS.search(os.pread(output.fileno(), 4096, 0)):
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return True


def end_of(command, tmp, limits):
    """(status, standard output, standard error, whether it was told to end)"""
    def limit():
        for which, value in limits.items():
            resource.setrlimit(getattr(resource, which), value)

    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=tmp, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                   preexec_fn=limit)
        was_told = False
        if not ends_by_itself(process, output):
            was_told = True
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return 99, "", "it does not end when it is told to", True
        output.seek(0)
        errors.seek(0)
        return (process.returncode, output.read().decode(errors="replace"), errors.read().decode(errors="replace"),
                was_told)


def cases(folder, only, all_values):
    others = itertools.cycle(odd for odd in ODD if odd not in ALWAYS)
    for program in programs(folder):
        if only and only not in " ".join(program):
            continue
        text = help_of(folder, program)
        found = list(options_of(text))
        if not found:
            raise SystemExit(f"{' '.join(program)} --help lists no options: {text}")
        if program[0].startswith("step") and not program[0].startswith(LAST_STEP):
            found = []
        for name, kind in found:
            for odd in ODD if all_values else [*ALWAYS, *itertools.islice(others, 2)]:
                yield Case(program, name, kind, odd)
        for count in (3, 4, 5, 6, 8, 12, 16):
            yield Case(program, "", "", "", {"RLIMIT_NOFILE": (count, count)})
        for megabytes in (8, 16, 24, 32, 48, 64, 100, 200):
            yield Case(program, "", "", "", {"RLIMIT_AS": (megabytes << 20, megabytes << 20)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--only", default="", help="programs with this in their command line")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    folder = os.path.abspath(options.bin)
    begin = time.monotonic()
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        all_cases = list(cases(folder, options.only, options.all))
        for case, complaint in zip(all_cases, pool.map(lambda one: one.run(folder), all_cases)):
            if complaint:
                wrong.append(f"{case}: {complaint}")
    for line in wrong[:40]:
        print(line)
    print(f"{len(all_cases)} command lines, {len(wrong)} answered wrongly, {time.monotonic() - begin:.0f} s")
    sys.exit(1 if wrong or not all_cases else 0)


if __name__ == "__main__":
    main()
