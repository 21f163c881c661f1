"""Builds what a check needs and nothing else."""
import contextlib
import shutil
import subprocess

from . import places, processes
from .meter import Meter
from .say import INCONCLUSIVE, Stop

LIMIT = 1800   # seconds, for the first build on a slow machine; what takes longer will not end


class Tree:
    """A build folder, and the folder that it takes the learner's files from."""

    def __init__(self, build=places.BUILD, work=places.WORK):
        self.build = build
        self.work = work

    def prepare(self, target):
        """Configures where that is needed: no build folder, another work folder, or a target it does not know."""
        if not self._is_fresh():
            self._configure("--preset", "dev", "-B", self.build)
        elif self._work() != str(self.work) or not self._knows(target):
            self._configure(self.build)

    def restore(self):
        """Back to the learner's own work folder; programs of others are not left where the learner's own belong."""
        if self._work() == str(self.work) != str(places.WORK):
            shutil.rmtree(self.build / "work", ignore_errors=True)
            self.work = places.WORK
            self._configure(self.build)

    def make(self, *targets, limit=LIMIT, what="what the check needs"):
        """None where it was built, otherwise all that the compiler said. A target is a file in the build folder."""
        output = []
        status = _run(["cmake", "--build", self.build, "--target", *targets], output, limit, what)
        return None if status == 0 else "".join(output)

    def _configure(self, *how):
        output = []
        if _run(["cmake", *how, f"-DSTATION_WORK={self.work}"], output, what="the build folder's rules") != 0:
            raise Stop(f"cmake could not configure {places.shown(self.build)}:\n{''.join(output[-20:])}", INCONCLUSIVE)

    def _is_fresh(self):
        rules = self.build / "build.ninja"
        presets = places.ROOT / "CMakePresets.json"
        return rules.is_file() and rules.stat().st_mtime >= presets.stat().st_mtime

    def _work(self):
        """The folder that it takes the learner's files from now."""
        with contextlib.suppress(OSError):
            for line in (self.build / "CMakeCache.txt").read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith("STATION_WORK:"):
                    return line.partition("=")[2]
        return str(places.ROOT / "work")

    def _knows(self, target):
        return _run(["ninja", "-C", self.build, "-t", "query", target], []) == 0


def _run(command, output, limit=LIMIT, what=""):
    """Collects what the command prints; says how far it is, where `what` says of what."""
    try:
        with processes.started(command, limit, cwd=places.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace") as process, \
                Meter(what) if what else contextlib.nullcontext() as meter:
            for line in process.stdout:
                if meter:
                    meter.take(line)
                output.append(line)
            return process.wait()
    except FileNotFoundError as error:
        raise Stop(f"{error}; ./dev build installs what is missing", INCONCLUSIVE) from None
