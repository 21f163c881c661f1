#!/usr/bin/env python3
"""A learner's files bring about a target, without anybody asking cmake, and are found before the library's.

    work_test.py ROOT CMAKE COMPILER
"""
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

COMPILER = sys.argv.pop(3)
CMAKE = sys.argv.pop(2)
ROOT = Path(sys.argv.pop(1)).resolve()


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Work(unittest.TestCase):
    def test_a_folder_in_work_is_a_target(self):
        with tempfile.TemporaryDirectory() as place:
            build, work = Path(place, "build"), Path(place, "work")
            run(CMAKE, "-G", "Ninja", "-S", ROOT, "-B", build, "-DSTATION_BUILD_TESTS=OFF", f"-DSTATION_WORK={work}",
                f"-DCMAKE_CXX_COMPILER={COMPILER}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
                "-DCMAKE_UNITY_BUILD=ON")
            self.assertNotIn("work_", run("ninja", "-C", build, "-t", "targets", "all"))

            for name, folder in (("05_bounded_channel", "05_bounded_channel/exercise"),
                                 ("codec", "final_station/exercise/codec")):
                shutil.copytree(ROOT / "steps" / folder, work / name, ignore=shutil.ignore_patterns("*.md", "*.json"))
            any_source = Path("station/wire/reply.cpp")   # of no exercise
            (work / "codec" / any_source).parent.mkdir(parents=True)
            shutil.copy(ROOT / "common" / any_source, work / "codec" / any_source)
            run("ninja", "-C", build, "build.ninja")
            targets = run("ninja", "-C", build, "-t", "targets", "all")
            self.assertIn("\nwork/step05_bounded_channel: ", targets)
            self.assertIn("\nwork/codec/station: ", targets)
            self.assertIn("\nwork_05_bounded_channel: ", targets)
            inputs = run("ninja", "-C", build, "-t", "inputs", "all").splitlines()
            self.assertEqual([one for one in inputs if one.startswith(("work/", f"{work}/"))], [],
                             "nobody else builds a learner's files")

            compiled = json.loads((build / "compile_commands.json").read_text())
            commands = [entry["command"] for entry in compiled if "work_05_bounded_channel.dir" in entry["command"]]
            self.assertEqual(len(commands), 1)
            folders = [word for word in shlex.split(commands[0]) if word.startswith("-I")]
            self.assertLess(folders.index(f"-I{work / '05_bounded_channel'}"), folders.index(f"-I{ROOT / 'common'}"))
            files = {entry["file"] for entry in compiled}
            self.assertIn(str(work / "codec/station/log/record.cpp"), files)
            for source in ("station/log/record.cpp", any_source):
                self.assertIn(str(ROOT / "common" / source), files, "what is replaced stays an object of its own")


if __name__ == "__main__":
    unittest.main(verbosity=0)
