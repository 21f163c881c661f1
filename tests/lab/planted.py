#!/usr/bin/env python3
"""Plants one bug after the other into a copy of the log, and shows at which seed `simulate` finds each; or into a copy
of the ledger, and shows at which seed the histories of unit_ledger_model do; or of the chat, and shows in which scenario
of the lab its members see each.

    tests/lab/planted.py [--of log|ledger|chat] [--count 2000] [--only WORD] [--check]

Every file in tests/lab/planted/, tests/ledger/planted/ and tests/chat/planted/ is one bug. --check only looks whether all
of them can still be planted. Takes some minutes: each bug is built.
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
# The whole tree: cmake configures it as it is, and builds one program of it.
COPIED = ["CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "common", "steps", "loadgen", "tests",
          "docs"]


def patch(tree, file, *more):
    return subprocess.run(["patch", "-p1", "-s", "-f", "-d", tree, "-i", file, *more], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def build(tree, target):
    done = subprocess.run(["cmake", "--build", os.path.join(tree, "build"), "--target", target],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout.decode()[-3000:])


def simulate(tree, count):
    done = subprocess.run([os.path.join(tree, "build", "bin", "lab_log"), "simulate", "--count", str(count), "--jobs",
                           str(os.cpu_count() or 1)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        return "ended", f"status {done.returncode}"
    seed = json.loads(done.stdout.decode().splitlines()[-1])["failed_seed"]
    return seed, done.stderr.decode(errors="replace").strip().splitlines()[-1] if seed is not None else ""


def histories(tree, count):
    done = subprocess.run([os.path.join(tree, "build", "bin", "unit_ledger_model"), "whatever*"],
                          env={**os.environ, "STATION_TEST_SEED": "1", "STATION_TEST_COUNT": str(count)},
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode == 0:
        return None, ""
    words = done.stderr.decode(errors="replace").strip().splitlines()
    found = re.fullmatch(r"seed (\d+): (.*)", words[-1] if words else "")
    return (int(found[1]), found[2]) if found else ("ended", f"status {done.returncode}")


def chats(tree, _count):
    for scenario, times in (("chat-kill", 4), ("chat-reconnect", 200), ("chat-tables", 25), ("chat-full", 4)):
        done = subprocess.run([sys.executable, "-B", os.path.join(tree, "tests", "lab", "lab.py"), scenario, str(times),
                               "--seed", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if done.returncode == 1:
            return f"1 of {scenario}", done.stdout.decode(errors="replace").splitlines()[-1]
    return None, ""


# What is planted, the program that finds it, and how that is asked.
SETS = {"log": (os.path.join(HERE, "planted"), "lab_log", simulate),
        "ledger": (os.path.join(ROOT, "tests", "ledger", "planted"), "unit_ledger_model", histories),
        "chat": (os.path.join(ROOT, "tests", "chat", "planted"), "station", chats)}


def check(patches):
    wrong = 0
    for file in patches:
        done = patch(ROOT, file, "--dry-run")
        if done.returncode != 0:
            wrong += 1
            print(f"{os.path.basename(file)}: {done.stdout.decode().strip()}")
    print(f"{len(patches) - wrong} of {len(patches)} bugs can be planted")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--of", choices=SETS, default="log")
    parser.add_argument("--count", type=int, default=2000, help="seeds, from 1 on")
    parser.add_argument("--only", default="", help="bugs with this in their name")
    parser.add_argument("--check", action="store_true", help="only look whether all can be planted")
    options = parser.parse_args()
    folder, target, search = SETS[options.of]
    patches = sorted(file for file in glob.glob(os.path.join(folder, "*.patch"))
                     if options.only in os.path.basename(file))
    if options.check:
        return check(patches)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="station-planted-") as tree:
        for name in COPIED:
            source = os.path.join(ROOT, name)
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, os.path.join(tree, name))
        subprocess.run(["cmake", "-S", tree, "-B", os.path.join(tree, "build"), "-G", "Ninja",
                        "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DSTATION_INSTALL=OFF"], stdout=subprocess.DEVNULL,
                       check=True)
        build(tree, target)
        seed, words = search(tree, options.count)
        print(f"{'nothing planted':<42} {'nothing found' if seed is None else f'seed {seed}: {words}'}", flush=True)
        missed += seed is not None
        for file in patches:
            if patch(tree, file).returncode != 0:
                sys.exit(f"{file} does not fit any more")
            build(tree, target)
            seed, words = search(tree, options.count)
            patch(tree, file, "-R")
            missed += seed is None
            name = os.path.basename(file)[:-len(".patch")]
            print(f"{name:<42} {'NOT FOUND' if seed is None else f'seed {seed}'}  {words[:140]}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
