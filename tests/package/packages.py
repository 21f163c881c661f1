"""What the tests of the Debian packages share: where they are, and how one is taken apart."""
import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = 77  # what CTest calls a skipped test
PATIENCE = 300.0

sys.path.append(str(ROOT / "tests/support"))

from failure import Failure, check, equal  # noqa: E402, F401


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def run(*command, status=0, **more):
    """Its standard output."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE, **more)
    check(done.returncode == status, f"{command}: status {done.returncode}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def field(package, name):
    return run("dpkg-deb", "--field", package, name).strip()


def made(build, folder):
    """The packages of a build's folder, made in `folder`."""
    for program in ("cpack", "dpkg-shlibdeps", "dpkg-deb", "file"):
        if not shutil.which(program):
            skip(f"there is no {program}: ./dev package installs what makes packages")
    run("cpack", "--config", os.path.join(build, "CPackConfig.cmake"), "-B", folder)
    return found(folder)


def found(folder):
    """(station, libstation-dev)"""
    packages = sorted(Path(folder).glob("*.deb"), reverse=True)
    equal([package.name.partition("_")[0] for package in packages], ["station", "libstation-dev"], "the packages")
    return packages


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", help="a folder that has them")
    parser.add_argument("--build", help="a folder that was built, to make them from")
    parser.add_argument("--release", help="of Debian, that the packages were made on where it is not this one")
    given = parser.parse_args()
    if (given.packages is None) == (given.build is None):
        parser.error("either --packages or --build")
    return given


def main(scenarios, given, folder):
    """Runs each with both packages and a folder of its own; the status to leave with."""
    packages = found(given.packages) if given.packages else made(given.build, folder)
    failed = 0
    for scenario in scenarios:
        name = scenario.__name__.replace("_", " ")
        own = Path(folder) / scenario.__name__
        own.mkdir()
        try:
            scenario(*packages, own)
            print(f"ok    {name}", flush=True)
        except Failure as failure:
            failed += 1
            print(f"FAIL  {name}: {failure}", flush=True)
    return 1 if failed else 0
