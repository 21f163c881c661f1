"""The programs of an exercise with other files than the skeleton's: compiled and linked with the command lines that the
build has for the skeleton, without the build system, and only what depends on those files.

    piece     the cases, with AddressSanitizer and UndefinedBehaviorSanitizer   build/exercise/piece/NAME
    explore   the scenarios under the scheduler                                  build/exercise/explore/NAME
    race      the same, free, with ThreadSanitizer                               build/exercise/race/NAME
    program   the step, or the station                                           build/exercise/…
"""
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import learner

BUILD = learner.ROOT / "build"
WORK = BUILD / "judge"
KINDS = ("piece", "explore", "race", "program")
PATIENCE = 300  # seconds for a compiler on a machine that is busy
QUICK = False  # cases that are compiled four times as fast: without optimisation and debug information
_PREFIX = {"piece": "exercise_piece_", "explore": "exercise_explore_", "race": "exercise_race_",
           "program": "exercise_"}
_INCLUDE = re.compile(r"^\s*#include <([^>]+)>", re.MULTILINE)


def new_folder():
    """For one program's files. What a run left behind that was ended goes."""
    place = WORK / "now"
    place.mkdir(parents=True, exist_ok=True)
    for left in place.iterdir():
        if not os.path.exists(f"/proc/{left.name.split('-')[0]}"):
            shutil.rmtree(left, ignore_errors=True)
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=place))


class NotBuilt(Exception):
    """A compiler's or a linker's words."""


def use(build, quick):
    """Another build folder than build/."""
    global BUILD, WORK, QUICK
    BUILD, WORK, QUICK = build, build / "judge", quick


def run(command, **more):
    done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, errors="replace", timeout=PATIENCE,
                          check=False, **more)
    if done.returncode != 0:
        raise NotBuilt(done.stderr + done.stdout)
    return done.stdout


@functools.cache
def targets():
    return {line.split(":")[0] for line in run(["ninja", "-t", "targets", "all"]).splitlines()}


def exists(kind, exercise):
    return _PREFIX[kind] + exercise in targets()


def prepare(exercises, only_harness):
    """Builds what the programs are linked with, and the checker."""
    wanted = [_PREFIX[kind] + name for kind in KINDS for name in exercises if exists(kind, name)]
    wanted += [] if only_harness else ["check", "station"]
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once must not build at once
        done = subprocess.run(["cmake", "--build", str(BUILD), "--target", *wanted], capture_output=True, text=True,
                              check=False)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)


def dependencies(output):
    """The files that an object was compiled from."""
    lines = run(["ninja", "-t", "deps", output]).splitlines()[1:]
    return {os.path.normpath(BUILD / line.strip()) for line in lines if line.strip()}


@functools.cache
def included(name):
    """What a header includes, and itself: the file where it is the repository's, or None."""
    found, waiting = {}, [name]
    while waiting:
        name = waiting.pop()
        places = [place / name for place in (learner.ROOT / "common", learner.ROOT) if (place / name).is_file()]
        found[name] = places[0] if places else None
        if places:
            waiting += [one for one in _INCLUDE.findall(places[0].read_text(encoding="utf-8")) if one not in found]
    return found


class Plan:
    """How one kind of an exercise's program is made from a folder of files."""

    def __init__(self, exercise, kind):
        self.exercise, self.kind = exercise, kind
        self.skeleton = str(learner.folder(exercise))
        self.files = [one.path for one in learner.files(exercise)]
        link = run(["ninja", "-t", "commands", _PREFIX[kind] + exercise]).splitlines()[-1]
        self.link = [word for word in shlex.split(link) if word not in (":", "&&")]
        objects = {word for word in self.link if word.endswith(".o")}
        self.compiles = []
        for entry in json.loads((BUILD / "compile_commands.json").read_text()):
            command = shlex.split(entry["command"])
            output = command[command.index("-o") + 1]
            if output in objects and self._depends(output, command[-1]):
                self.compiles.append((output, self._clean(command)))
        if not self.compiles:
            sys.exit(f"{exercise}: nothing of its {kind} depends on its files")
        self._identity = self._digest()
        self.headers = {output: self._header(command) for output, command in self.compiles}

    def _depends(self, output, source):
        if source.startswith(self.skeleton + "/"):
            return True
        return not {f"{self.skeleton}/{file}" for file in self.files}.isdisjoint(dependencies(output))

    def _clean(self, command):
        """Without the launcher and the warnings: a mutant that compiles with one is a mutant."""
        begin = next(at for at, word in enumerate(command) if os.path.basename(word) in ("c++", "g++", "clang++"))
        words = [word for word in command[begin + 1 :] if not word.startswith("-W")]
        if QUICK and self.kind == "piece":
            words = ["-O0", *(word for word in words if not re.match(r"-(O|g)", word))]
        return [command[begin], "-w", *words]

    def _header(self, command):
        """What the source and the learner's files include, but nothing that depends on these, compiled in advance."""
        if "-include" in command:
            return None
        texts = [open(command[-1], encoding="utf-8").read()]
        texts += [one.text for one in learner.files(self.exercise)]
        wanted = dict.fromkeys(name for text in texts for name in _INCLUDE.findall(text))
        lines = [f"#include <{name}>" for name in wanted if not self._reaches(name)]
        flags = [word for word in command if word not in ("-c", command[-1], "-o", command[command.index("-o") + 1])]
        flags = [word for word in flags if self.skeleton not in word]
        text = "\n".join(lines) + "\n"
        own = "".join(open(path, encoding="utf-8").read() for one in wanted for path in included(one).values() if path)
        name = hashlib.sha256((text + own + "\0".join(flags)).encode()).hexdigest()[:16]
        header = WORK / "headers" / f"{name}.hpp"
        if not header.with_suffix(".hpp.gch").exists():
            header.parent.mkdir(parents=True, exist_ok=True)
            header.write_text(text)
            new = header.with_suffix(f".{os.getpid()}")
            run([*flags, "-x", "c++-header", str(header), "-o", str(new)])
            new.replace(header.with_suffix(".hpp.gch"))
        return str(header)

    def _reaches(self, name):
        """Whether a header is one of the learner's, or includes one."""
        return not set(self.files).isdisjoint(included(name))

    def identity(self):
        """What a program depends on beside the learner's files."""
        return self._identity

    def _digest(self):
        digest = hashlib.sha256()
        made = {output for output, _ in self.compiles}
        for output, command in self.compiles:
            digest.update("\0".join(command).encode())
            for path in sorted({*dependencies(output), command[-1]}):
                if path.startswith(str(learner.ROOT)) and not path.startswith((self.skeleton, str(BUILD))):
                    digest.update(open(path, "rb").read())
        if self.kind != "program":  # what the program is linked with, the checker is no judge of
            for word in self.link:
                if word.endswith((".a", ".o")) and word not in made:
                    digest.update((BUILD / word).read_bytes())
        return digest.hexdigest()

    def _moved(self, word, folder):
        if word in (self.skeleton, "-I" + self.skeleton):
            return word.replace(self.skeleton, str(folder))
        return word.replace(self.skeleton + "/", f"{folder}/") if word.startswith(self.skeleton + "/") else word

    def _command(self, output, command, folder, to):
        moved = [self._moved(word, folder) for word in command]
        moved[moved.index("-o") + 1] = str(to)
        header = self.headers[output]
        return [moved[0], *(["-include", header] if header else []), *moved[1:]]

    def compile(self, folder, into):
        """The objects of what depends on the files, in the folder `into`, by the build's names. What is there already
        is not made again."""
        place = {}
        for output, command in self.compiles:
            place[output] = into / f"{hashlib.sha256(output.encode()).hexdigest()[:12]}.o"
            if not place[output].exists():
                run(self._command(output, command, folder, place[output]))
        return place

    def build(self, folder, into):
        """Compiles and links into the folder `into`; returns the program."""
        place = self.compile(folder, into)
        program = into / self.kind
        link = [str(place.get(word, word)) for word in self.link]
        link[link.index("-o") + 1] = str(program)
        run([*link, "-Wl,--strip-debug"] if self.kind == "program" else link)
        return program

    def code(self, folder, into):
        """The machine code of what depends on the files, without what only says where it came from. AddressSanitizer's
        knows each line by its number, so it is compiled once more without. ThreadSanitizer's stays: it knows the order
        of each atomic access, which the processor's own code may not."""
        digest = hashlib.sha256()
        plain = into / "plain.o"
        place = self.compile(folder, into) if self.kind == "program" else {}
        for output, command in self.compiles:
            if output in place:
                run(["objcopy", "--strip-debug", str(place[output]), str(plain)])
            else:
                words = self._command(output, command, folder, plain)
                words = [word for word in words if not re.match(r"-(O|g|fsanitize(?!=thread)|fno-sanitize)", word)]
                del words[1 : 3 if self.headers[output] else 1]
                run([*words, "-O1", "-g0", f"-ffile-prefix-map={folder}=."])
            digest.update(plain.read_bytes())
        return digest.hexdigest()


@functools.cache
def plan(exercise, kind):
    return Plan(exercise, kind)
