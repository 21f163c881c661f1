"""The piece of an exercise, alone: its cases, its scenarios under the scheduler and under ThreadSanitizer; and the whole
program with AddressSanitizer, where the exercise is a main.cpp. loadgen/piece/CMakeLists.txt says what each is.

They take milliseconds to seconds, so they run before the black box does, and say which call was answered wrongly.
"""
import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import time

from . import places, processes
from .say import FAIL, INCONCLUSIVE, PASS, Stop

FOLDERS = {"work": "work", "skeleton": "exercise", "reference": "reference"}
SOURCES = {"piece": "piece", "explore": "explore", "race": "explore"}
ABOUT = {"piece": "the piece alone", "explore": "the piece under schedules", "race": "the piece under ThreadSanitizer",
         "sane": "the program with AddressSanitizer"}
PREFIXES = tuple(f"{kind}." for kind in ABOUT)


@dataclasses.dataclass
class Stage:
    kind: str             # piece, explore, race, sane
    program: pathlib.Path
    target: str           # what the build folder calls it


def stages(exercise, subject):
    """What there is to run for a program in C++; nothing for one in another language."""
    if subject.label not in FOLDERS:
        return []
    found = [kind for kind, folder in SOURCES.items()
             if (places.ROOT / "loadgen" / folder / f"{exercise.name}.cpp").is_file()]
    names = [(kind, f"{FOLDERS[subject.label]}/{kind}/{exercise.name}") for kind in found]
    if any(str(file) == "main.cpp" for file, _ in exercise.files) and subject.label != "reference":
        names.append(("sane", f"{FOLDERS[subject.label]}/sane/{exercise.program}"))
    return [Stage(kind, places.BUILD / name, name) for kind, name in names]


def _results(file):
    try:
        return json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _run_harness(stage, stop, limit, output):
    with tempfile.TemporaryDirectory(prefix="station-piece-") as folder:
        file = pathlib.Path(folder, "results.json")
        command = [stage.program, "--json", file, *(["--first"] if stop else [])]
        status = processes.run(command, limit, stdout=output, stderr=output)
        results = _results(file)
    if status not in (PASS, FAIL) or "findings" not in results:
        raise Stop(f"{ABOUT[stage.kind]} ended with status {status}; that is the check's trouble, not your file's",
                   INCONCLUSIVE)
    return results["findings"]


def _of_report(report):
    """The finding that a sanitizer's report makes, or its silence."""
    finding = {"id": "sane.no-undefined-behaviour", "title": "The sanitizers have nothing to say"}
    if not report["what"]:
        return {**finding, "verdict": "pass"}
    where = report["stack"][0] if report["stack"] else "the program"
    return {**finding, "verdict": "fail", "cause": f"{report['what']}, in {where}", "stack": report["stack"],
            "next": "Mend that line first: what comes after it means nothing"}


def _run_sane(exercise, stage, limit, output):
    """The contract's conversations, for what the sanitizers see of them: who answers wrongly is told later."""
    begin = time.monotonic()
    check = places.BIN / "check"
    with tempfile.TemporaryDirectory(prefix="station-sane-") as folder:
        log = f"log_path={folder}/report"
        options = {"ASAN_OPTIONS": f"{log}:detect_leaks=0", "UBSAN_OPTIONS": f"{log}:print_stacktrace=1"}
        command = [check, exercise.step, "--bin", places.BIN, "--cases", places.ROOT / "tests" / "contract",
                   "--contract-only", "--all", "--program", stage.program]
        processes.run(command, limit, env={**os.environ, **options}, stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL)
        read = subprocess.run([check, "--sanitizer-reports", folder], stdout=subprocess.PIPE, check=False)
    if read.returncode != PASS:
        raise Stop(f"{ABOUT[stage.kind]}: its reports can't be read; that is the check's trouble, not your file's",
                   INCONCLUSIVE)
    finding = _of_report(json.loads(read.stdout))
    if finding["verdict"] == "pass":
        print(f"sane: pass, the contract's conversations with the sanitizers, {time.monotonic() - begin:.1f} s",
              file=output, flush=True)
        return [finding]
    print(f"FAIL  {finding['id']}: {finding['cause']}", file=output, flush=True)
    for frame in finding["stack"]:
        print(f"            at {frame}", file=output, flush=True)
    return [finding]


def again(exercise, subject, finding):
    """The command that shows that finding once more; empty where it takes more than a program of its own."""
    found = [stage for stage in stages(exercise, subject) if finding.startswith(f"{stage.kind}.")]
    return f"{places.shown(found[0].program)} --only {finding}" if found and found[0].kind != "sane" else ""


def run(exercise, stage, stop=True, limit=None, output=None):
    """The stage's findings, in the schema of the checker's. `stop`: none behind the first that failed."""
    if stage.kind == "sane":
        return _run_sane(exercise, stage, limit, output)
    return _run_harness(stage, stop, limit, output)
