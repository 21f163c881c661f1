"""A running `station serve` on free ports, and what it holds."""
import http.client
import json
import os
import re
import select
import subprocess
import tempfile

from harness import PATIENCE, Wrong, check, end


class Server:
    def __init__(self, run, data, *options, prefix=(), environment=None, preexec=None):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*prefix, run.station, "serve", "--data", data, "--port", "0", "--line-port", "0", "--log-level", "warning",
             *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors, env=environment,
            preexec_fn=preexec)
        self.addresses = None

    def wait_until_open(self):
        """False where it ended before it could listen."""
        found = []
        for pattern in (rb"station listening on (127\.0\.0\.1):(\d+)\n", rb"station lines on (127\.0\.0\.1):(\d+)\n"):
            line = self._line()
            match = re.fullmatch(pattern, line)
            if not match:
                return False
            found.append((match[1].decode(), int(match[2])))
        self.addresses = {"web": found[0], "lines": found[1]}
        return True

    def _line(self):
        line = bytearray()
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            byte = os.read(self.process.stdout.fileno(), 1) if readable else b""
            if not byte:
                break
            line += byte
        return bytes(line)

    def open(self):
        if not self.wait_until_open():
            try:
                status = self.process.wait(1)  # what it said last may be there before its end is
            except subprocess.TimeoutExpired:
                status = None
            how = f"it ended with {status}" if status is not None else f"no word within {PATIENCE:.0f} s"
            raise Wrong(f"the station does not start: {how}: {self.said()}")
        return self

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def kill(self):
        end(self.process)

    def stop(self):
        self.process.terminate()
        status = self.process.wait(PATIENCE)
        end(self.process)
        return status

    def get(self, target):
        return self._ask("GET", target)

    def post(self, target, body):
        return self._ask("POST", target, body)

    def _ask(self, method, target, body=None):
        connection = http.client.HTTPConnection(*self.addresses["web"], timeout=PATIENCE)
        try:
            connection.request(method, target, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def topics(self):
        return {topic["name"]: topic for topic in json.loads(self.get("/api/topics")[1])}

    def events(self, topic, first=0):
        """(offset, payload) from `first` on."""
        status, body = self.get(f"/api/topics/{topic}/events?from=offset:{first}")
        check(status in (200, 404), f"{topic} can't be read: {status} {body[:300]!r}")
        lines = [json.loads(line) for line in body.splitlines()] if status == 200 else []
        broken = [line for line in lines if "payload" not in line]
        check(not broken, f"{topic} says {broken[:1]}")
        return [(line["offset"], line["payload"]) for line in lines]


def look_back(events_before):
    """Where to look again: a little of what was seen before, so that it is known to be still there."""
    return max(0, events_before - 50)
