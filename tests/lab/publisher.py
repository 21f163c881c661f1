"""`station publish --keep-going`: each line that is sent brings an acknowledgement, or words."""
import json
import subprocess
import threading

from harness import PATIENCE, end


class Publisher:
    def __init__(self, run, data, *options, environment=None, preexec=None):
        self.process = subprocess.Popen(
            [run.station, "publish", "--dir", data, "--topic", "t", "--keep-going", *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, preexec_fn=preexec)
        run.cleanup.add(end, self.process)
        self.sent = []
        self.acknowledged = []  # (offset, payload)
        self.refused = []       # (payload, words)
        self.said = []          # everything else
        self.hung = False
        self.watchdog = threading.Timer(PATIENCE, self._give_up)
        self.watchdog.daemon = True
        self.watchdog.start()

    def _give_up(self):
        self.hung = True
        self.process.kill()

    def send(self, payload):
        """True where it was acknowledged, False where it was refused, None where the publisher has ended."""
        self.sent.append(payload)
        try:
            self.process.stdin.write(payload.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        for line in iter(self.process.stdout.readline, b""):
            line = line.decode(errors="replace").rstrip("\n")
            if line.startswith("{"):
                self.acknowledged.append((json.loads(line)["offset"], payload))
                return True
            if line.startswith("station: refused"):
                self.refused.append((payload, line))
                return False
            self.said.append(line)
        return None

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.said += self.process.stdout.read().decode(errors="replace").splitlines()
        status = self.process.wait()
        self.watchdog.cancel()
        self.process.stdout.close()
        return status


def events_of(run, data):
    lines = run.station_command("replay", "--dir", data, "--topic", "t", "--json").stdout.splitlines()
    return [(event["offset"], event["payload"]) for event in map(json.loads, lines)]


def what_is_wrong(events, acknowledged, sent):
    """Everything acknowledged must be there, once, at its offset; what else is there was sent, and is there once."""
    wrong = []
    if [offset for offset, _ in events] != list(range(len(events))):
        wrong.append("offsets are not dense")
    payloads = [payload for _, payload in events]
    if len(set(payloads)) != len(payloads):
        wrong.append("an event is there twice")
    if strangers := set(payloads) - set(sent):
        wrong.append(f"nobody sent {sorted(strangers)[0][:40]!r}")
    if missing := set(acknowledged) - set(events):
        wrong.append(f"{len(missing)} acknowledged events are missing, first {min(missing)}"[:120])
    return wrong
