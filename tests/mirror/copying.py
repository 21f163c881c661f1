"""What the tests of `station mirror` share: a folder with events, a mirror that runs, and a look at the stream that owes
nothing to Station."""
import argparse
import base64
import contextlib
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import nats_cluster  # noqa: E402
import station_server  # noqa: E402
from failure import Failure, check, equal  # noqa: E402, F401

SKIPPED = 77
PATIENCE = 60
TOPIC = "some.events"
STREAM = "station-some=events"


class Settings:
    station = ""


def until(condition, what, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        check(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        time.sleep(0.01)
    return answer


def station(*arguments, text=None):
    """The finished process."""
    return subprocess.run([Settings.station, *map(str, arguments)], input=text, capture_output=True, timeout=600,
                          check=False)


def succeed(*arguments, text=None):
    done = station(*arguments, text=text)
    check(done.returncode == 0, f"{arguments}: status {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


def publish(folder, payloads, *options, topic=TOPIC):
    succeed("publish", "--dir", folder, "--topic", topic, "--durability", "os", *options,
            text="".join(payload + "\n" for payload in payloads).encode())


def held(folder, topic=TOPIC):
    """What a folder's topic holds: (offset, id, time, headers, payload)."""
    events = []
    for line in succeed("replay", "--dir", folder, "--topic", topic, "--json").splitlines():
        one = json.loads(line)
        payload = base64.b64decode(one["payload_base64"]) if "payload_base64" in one else one["payload"].encode()
        events.append((one["offset"], one["id"], one["time"], one.get("headers", {}), payload))
    return events


def stored(cluster, stream=STREAM, base=0):
    """What the stream holds, in the same shape, by the plain protocol."""
    events = []
    with cluster.client() as client:
        for message in client.read_all(stream):
            fields = message.fields
            headers = {urllib.parse.unquote(name[len("Station-H-"):]): "" if value == "%" else urllib.parse.unquote(value)
                       for name, value in fields.items() if name.startswith("Station-H-")}
            events.append((message.sequence - 1 + base, fields["Nats-Msg-Id"], int(fields["Station-Time"]), headers,
                           message.payload))
    return events


def count(cluster, stream=STREAM):
    with contextlib.suppress(nats_cluster.NatsError, OSError), cluster.client() as client:
        return client.api(f"STREAM.INFO.{stream}")["state"]["messages"]
    return 0


@contextlib.contextmanager
def serving(folder):
    """The address of a server on the folder."""
    with station_server.Server(Settings.station, str(folder)) as server:
        server.open()
        yield f"127.0.0.1:{server.port}"
        server.stop()


class Mirror:
    """A mirror that follows."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([Settings.station, "mirror", *map(str, arguments)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def interrupt(self):
        """Its status, output and errors."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), err.decode()


class Shared:
    """One nats-server for all scenarios, each of which has a prefix of its own."""

    def __init__(self):
        self.cluster = None
        self.scenarios = 0

    def around(self, run_all):
        if nats_cluster.program() is None:
            print("skipped: there is no nats-server (apt-get install nats-server)")
            return SKIPPED
        with nats_cluster.Cluster(1) as self.cluster:
            return run_all()

    def begin(self):
        self.scenarios += 1

    @property
    def prefix(self):
        return f"test{self.scenarios}"

    @property
    def urls(self):
        return self.cluster.urls

    def client(self):
        return self.cluster.client()


def run(scenarios, begin=lambda: None, add_options=lambda parser: None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--station", required=True)
    parser.add_argument("names", nargs="*", help="only these")
    add_options(parser)
    options = parser.parse_args()
    Settings.station = options.station
    failed = 0
    for scenario in scenarios:
        name = scenario.__name__
        if options.names and name not in options.names:
            continue
        began = time.monotonic()
        begin()
        try:
            with tempfile.TemporaryDirectory(prefix="station-mirror-") as folder:
                scenario(pathlib.Path(folder), options)
            print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"FAILED  {name}", flush=True)
            traceback.print_exc(file=sys.stdout)
    return 1 if failed else 0
