"""A small repository in a temporary folder: the real steps/course/, five exercises, and stand-ins for what takes long.

The stand-in for cmake "compiles" a learner's file by copying it, unless it holds the word SYNTAX; the stand-in for the
checker judges the word that the program holds: RIGHT, WRONG, NOISY, HANG or DIE.
"""
import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
PATIENCE = 30

STEPS = ["01_blocking_echo", "02_async_echo", "05_bounded_channel"]
HINTS = "# Hints\n\n## A question\n\nWhat is full?\n\n## An idea\n\nCount.\n\n## Nearly\n\nif\n"
CHANNEL = "station/flow/bounded_channel.hpp"

CMAKE = r'''
import os, pathlib, sys
root, words = pathlib.Path.cwd(), sys.argv[1:]
if words[0] != "--build":
    build = pathlib.Path(words[words.index("-B") + 1] if "-B" in words else words[0])
    build.mkdir(parents=True, exist_ok=True)
    (build / "build.ninja").touch()
    cached = [word[2:].replace("=", ":PATH=", 1) for word in words if word.startswith("-D")]
    (build / "CMakeCache.txt").write_text("\n".join(cached))
    sys.exit(0)
build = pathlib.Path(words[1])
cache = (build / "CMakeCache.txt").read_text().splitlines()
work = next(line.partition("=")[2] for line in cache if "STATION_WORK" in line)
for target in words[3:]:
    kind, _, program = target.partition("/")
    if kind == "bin":
        continue
    name = program.removeprefix("sane/").partition("/")[0].replace("step", "", 1)
    exercise = root / "steps" / name / "exercise"
    exercise = exercise if exercise.is_dir() else root / "steps/final_station/exercise" / name
    folder = pathlib.Path(work, name) if kind == "work" else exercise
    sources = sorted(p for p in folder.rglob("*") if p.suffix in (".cpp", ".hpp"))
    for source in sources:
        for number, line in enumerate(source.read_text().splitlines(), 1):
            if "COMPILERHANG" in line:
                import time; time.sleep(600)
            if "SYNTAX" in line:
                source = os.path.relpath(source, build)
                print(f"[1/2] Building CXX object steps/{name}/main.cpp.o")
                print(f"FAILED: steps/{name}/main.cpp.o")
                print(f"In file included from {root}/steps/{name}/main.cpp:4:")
                print(f"{source}: In member function 'int f()':")
                print(f"{source}:{number}:12: error: 'fron' was not declared in this scope; did you mean 'front'?")
                print(f"   {number:2} |     return fron;\n      |            ^~~~")
                other = os.path.relpath(root / "common/station/other.hpp", build)
                print(f"{other}:7:1: error: expected '}}' at end of input")
                print("ninja: build stopped: subcommand failed.")
                sys.exit(1)
    out = build / target
    if out.exists() and all(out.stat().st_mtime_ns > p.stat().st_mtime_ns for p in sources):
        continue
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(p.read_text() for p in sources))
print("ninja: no work to do.")
'''

CHECK = r'''
import json, os, pathlib, subprocess, sys, time
words = sys.argv[1:]
def value(name):
    return words[words.index(name) + 1] if name in words else None
if value("--sanitizer-reports"):
    print(json.dumps({"what": "", "stack": []}))
    sys.exit(0)
log = pathlib.Path("LOG")
def note(what):
    with open(log, "a") as file:
        call = {"what": what, "words": words, "folder": os.getcwd(), "files": os.listdir(),
                "TMPDIR": os.environ.get("TMPDIR")}
        file.write(json.dumps(call) + "\n")
note("begin")
binary = value("--program") or value("--station")
subject = value("--cmd") or (pathlib.Path(binary).read_text() if binary else "RIGHT")
if "SLOW" in subject:
    time.sleep(0.3)
if "CAREFUL" in subject:
    import signal
    signal.signal(signal.SIGTERM, lambda number, frame: (note("cleaned up"), sys.exit(1)))
if "HANG" in subject:
    name = "left-behind-by-" + subject.split()[-1]
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", name]).wait()
if "DIE" in subject:
    os.abort()
verdict = "pass" if "RIGHT" in subject else "inconclusive" if "NOISY" in subject else "fail"
finding = {"id": "step05.says-no", "title": "It says no", "measured": 0, "unit": "events/s", "ratio": 0,
           "verdict": verdict}
failed = verdict != "pass"
results = {"step": words[0], "verdict": verdict, "id": finding["id"] if failed else "", "seconds": 0.1,
           "cause": "Nothing is refused: \x1b it waits somewhere" if failed else "",
           "next": "Bound the queue" if failed else "",
           "trace": value("--trace") if failed else "", "lesson": {"findings": [finding]}}
if value("--json"):
    pathlib.Path(value("--json")).write_text(json.dumps(results))
if value("--history"):
    line = {"time": "2026-01-02T03:04:05Z", "step": int(words[0]), "program": value("--label"), "verdict": verdict,
            "seconds": 0.1, "findings": [finding]}
    with open(value("--history"), "a") as file:
        file.write(json.dumps(line) + "\n")
if failed and value("--trace"):
    pathlib.Path(value("--trace")).mkdir(parents=True, exist_ok=True)
print(verdict.upper(), finding["id"])
print("the checker's last line")
note("end")
sys.exit({"pass": 0, "fail": 1, "inconclusive": 3}[verdict])
'''


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def program(path, text):
    write(path, f"#!{sys.executable}\n{text}")
    path.chmod(0o755)


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


def left_behind(word):
    """Processes of this test that still run, by a word of their command line."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in entry.read_bytes():
                found.append(entry)
    return found


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="station course ")   # a blank: paths have them
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name, "repository")
        self.work = self.root / "work"
        shutil.copytree(REPOSITORY / "steps/course", self.root / "steps/course",
                        ignore=shutil.ignore_patterns("__pycache__"))
        write(self.root / "CMakePresets.json", "{}")
        write(self.root / "common/station/other.hpp", "")
        for name in STEPS:
            write(self.root / "steps" / name / "README.md", "# lesson")
            file = CHANNEL if name.startswith("05") else "main.cpp"
            self.exercise(self.root / "steps" / name / "exercise", file, name)
        for name in ("codec", "torn_tail"):
            self.exercise(self.root / "steps/final_station/exercise" / name, "station/log/record.cpp", name)
        program(self.root / "tools/cmake", CMAKE)
        program(self.root / "tools/ninja", "")
        checker = CHECK.replace("LOG", str(self.root / "checks.log"))
        program(self.root / "build/bin/check", checker)
        program(self.root / "steps/final_station/exercise/check.py", checker)

    def exercise(self, folder, file, name):
        reference = f"common/{name}/{pathlib.Path(file).name}"
        write(folder / file, "// the skeleton of " + name + "\nWRONG\n")
        write(self.root / reference, "// the reference of " + name + "\nRIGHT\n")
        write(folder / "README.md", "# task\n\n## Stretch\n")
        write(folder / "hints.md", HINTS)
        write(folder / "exercise.json", json.dumps({
            "title": "Title of " + name, "lines": 25, "fails": ["step05.says-no"],
            "files": [{"file": file, "reference": reference}]}))

    def environment(self, **further):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STATION_")}
        return {**kept, "PATH": f"{self.root / 'tools'}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1",
                "COLUMNS": "100", **further}

    def run_verb(self, *words, status=0, **further):
        done = subprocess.run([sys.executable, "steps/course", *map(str, words)], cwd=self.root, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, env=self.environment(**further))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stdout + done.stderr

    def run_limited(self, *words, most):
        """Runs a verb that can write no more than `most` bytes to a file, as on a full disk."""
        limited = f"import resource, runpy, signal, sys; " \
                  f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most})); " \
                  f"signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.argv = ['course', *{list(words)!r}]; " \
                  f"runpy.run_path('steps/course', run_name='__main__')"
        return subprocess.run([sys.executable, "-c", limited], cwd=self.root, env=self.environment(), text=True,
                              capture_output=True)

    def run_on_terminal(self, *words, columns, status=0):
        """What a person sees whose window is that wide."""
        main, terminal = pty.openpty()
        with os.fdopen(main, "rb", buffering=0) as screen:
            child = subprocess.Popen([sys.executable, "steps/course", *map(str, words)], cwd=self.root, stdout=terminal,
                                     stderr=terminal, stdin=subprocess.DEVNULL,
                                     env=self.environment(COLUMNS=str(columns)))
            os.close(terminal)
            text = b""
            with contextlib.suppress(OSError):   # the terminal's end
                while piece := screen.read(4096):
                    text += piece
        self.assertEqual(child.wait(PATIENCE), status, text)
        return re.sub(r"\x1b\[\d*m", "", text.decode()).replace("\r\n", "\n")

    def start_verb(self, *words):
        return subprocess.Popen([sys.executable, "steps/course", *map(str, words)], cwd=self.root,
                                env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def put(self, text, name="05_bounded_channel", file=CHANNEL):
        write(self.work / name / file, text)

    def progress(self):
        return json.loads((self.work / "progress.json").read_text(encoding="utf-8"))

    def entry(self, name="05_bounded_channel"):
        return self.progress()["exercises"][name]

    def checks(self):
        """What the checker was called with, call by call."""
        path = self.root / "checks.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]
