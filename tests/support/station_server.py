"""A running `station serve`, as all tests and the lab start it: on free ports of 127.0.0.1, and never left behind."""
import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile

PATIENCE = 60.0   # nothing waits longer: only a broken server makes anybody wait that long
ANNOUNCED = (rb"station listening on 127\.0\.0\.1:(\d+)\n", rb"station lines on 127\.0\.0\.1:(\d+)\n")


class NotStarted(Exception):
    """It ended, or said something else, before it said where it listens."""


class Server:
    """As a context it is killed at the latest when the context ends.

    data: its folder, or the options that say where else its events live; prefix: the program that starts it (strace,
    say); environment: further variables; preexec: called in the child.
    """

    def __init__(self, station, data, *options, port=0, prefix=(), environment=None, preexec=None):
        self._program = os.path.basename(os.path.realpath(station))
        self._stderr = tempfile.TemporaryFile("a+b")   # appended to, wherever this side is reading
        self.process = subprocess.Popen(
            [*prefix, station, "serve", *(["--data", data] if isinstance(data, str) else data), "--port", str(port), "--line-port", "0", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._stderr,
            env={**os.environ, **(environment or {})}, preexec_fn=preexec)
        self.port = self.line_port = None
        # The chat alone opens no line port.
        self._announced = ANNOUNCED if "--chat" not in options or "--token-file" in options else ANNOUNCED[:1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdout.close()
        self._stderr.close()

    def wait_until_open(self):
        """False where it ended before it could listen."""
        ports = []
        for pattern in self._announced:
            match = re.fullmatch(pattern, self._line())
            if not match:
                return False
            ports.append(int(match[1]))
        self.port, self.line_port = (*ports, None)[:2]
        return True

    def open(self):
        """The server, once it listens; otherwise NotStarted, and it is killed."""
        try:
            if not self.wait_until_open():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(1)   # what it said last may be there before its end is
                status = self.process.poll()
                how = f"no word within {PATIENCE:.0f} s" if status is None else f"it ended with {status}"
                raise NotStarted(f"the station does not start: {how}: {self.stderr()}")
        except BaseException:
            self.kill()
            raise
        return self

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        """The server's own process, behind the program that may have started it."""
        pid = self.process.pid
        while os.path.basename(os.readlink(f"/proc/{pid}/exe")) != self._program:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                pid = int(children.read().split()[0])
        return pid

    def stderr(self):
        # The place in the file is the server's, too: who moves it would make lines overwrite each other.
        size = os.fstat(self._stderr.fileno()).st_size
        return os.pread(self._stderr.fileno(), size, 0).decode(errors="replace")

    def kill(self):
        """The server first: who started it, killed, would leave it behind."""
        if self.process.poll() is None:
            with contextlib.suppress(OSError, IndexError, subprocess.TimeoutExpired):   # it may be gone, or never came
                os.kill(self.pid, signal.SIGKILL)
                self.process.wait(10)
            self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it as a service manager does; its exit status."""
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def _line(self):
        line = bytearray()
        while not line.endswith(b"\n"):
            # Unbuffered bytes: select() sees no line that a buffer already holds.
            readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            byte = os.read(self.process.stdout.fileno(), 1) if readable else b""
            if not byte:
                break
            line += byte
        return bytes(line)
