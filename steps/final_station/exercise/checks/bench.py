"""Where a check works: a folder, the program under test, and a record of all that was done, for the trace."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import time

# Nothing here waits longer; only a program that has stopped answering makes anybody wait that long. Once a check has
# failed there is nothing to win by waiting long for the next one.
PATIENCE = 8.0
SHORT_PATIENCE = 2.0
MOST_KEPT = 16 << 20  # bytes of a trace


class Failed(Exception):
    """Something is not as it must be."""

    def __init__(self, cause, next_move):
        super().__init__(cause)
        self.cause = cause
        self.next_move = next_move


def clipped(data, most=400):
    text = data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else str(data)
    return text if len(text) <= most else text[:most] + f"… ({len(text)} characters)"


class Bench:
    def __init__(self, station, reference, folder, patience=PATIENCE):
        self.station = station
        self.reference = reference
        self.folder = folder
        self.patience = patience
        self.commands = []
        self._running = []
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, *arguments, stdin=b"", by=None):
        """Runs the station to its end. A program that dies of a signal has failed whatever it was asked."""
        begin = time.monotonic()
        command = [str(word) for word in (by or self.station, *arguments)]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired as expired:
            self._note(command, begin, None, expired.stdout or b"", expired.stderr or b"", stdin)
            raise Failed(f"`station {arguments[0]}` does not come to an end",
                         "Look for a loop that makes no way") from None
        self._note(command, begin, done.returncode, done.stdout, done.stderr, stdin)
        if done.returncode < 0 or done.returncode > 2:
            raise Failed(f"`station {arguments[0]}` died: {death(done.returncode)}; it wrote: {clipped(done.stderr)}",
                         "Build it with -fsanitize=address,undefined and run the command of the trace again")
        return done

    def _note(self, command, begin, status, out, err, stdin):
        self.commands.append({"command": command, "stdin": clipped(stdin),
                              "seconds": round(time.monotonic() - begin, 3),
                              "status": status, "stdout": clipped(out, 4000), "stderr": clipped(err, 4000)})

    def start(self, *arguments, by=None):
        process = Process([str(word) for word in (by or self.station, *arguments)], self.patience)
        self._running.append(process)
        return process

    def end(self):
        for process in self._running:
            process.kill()
            self.commands.append(process.story())
        self._running = []

    def keep(self, trace):
        """Leaves the folder's files and the commands in `trace`."""
        shutil.rmtree(trace, ignore_errors=True)
        trace.mkdir(parents=True)
        (trace / "commands.jsonl").write_text("".join(json.dumps(command) + "\n" for command in self.commands),
                                              encoding="utf-8")
        size = 0
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and size + path.stat().st_size <= MOST_KEPT:
                size += path.stat().st_size
                target = trace / "files" / path.relative_to(self.folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


def death(status):
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


class Process:
    """A program that goes on: its output is read line by line."""

    def __init__(self, command, patience):
        self.command = command
        self._patience = patience
        self._begin = time.monotonic()
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._buffer = b""
        self.lines = []
        self._ended = False
        os.set_blocking(self._process.stdout.fileno(), False)

    @property
    def pid(self):
        return self._process.pid

    def read_until(self, enough):
        """Takes lines until enough(lines) holds. False: it does not, and there was no sign of life for long."""
        give_up = time.monotonic() + self._patience
        while not enough(self.lines):
            left = give_up - time.monotonic()
            if left <= 0 or self._ended:
                return False
            if not select.select([self._process.stdout], [], [], left)[0]:
                return False
            piece = os.read(self._process.stdout.fileno(), 1 << 16)
            if not piece:
                self._ended = True
            give_up = time.monotonic() + self._patience
            *whole, self._buffer = (self._buffer + piece).split(b"\n")
            self.lines += whole
        return True

    def send(self, line):
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def interrupt(self):
        """Ctrl+C. Returns the exit status, None where it does not leave."""
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return None

    def wake_ups(self):
        """How often its threads have gone to sleep by themselves so far."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/status", encoding="ascii") as status:
                total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read(), re.MULTILINE)[1])
        return total

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
        _, self._error = self._process.communicate()

    def story(self):
        return {"command": self.command, "seconds": round(time.monotonic() - self._begin, 3),
                "status": self._process.returncode,
                "stdout": clipped(b"\n".join(self.lines[-50:]), 4000), "lines": len(self.lines),
                "stderr": clipped(self._error, 4000)}
