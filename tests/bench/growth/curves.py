"""The curves: each makes what grows, drives it, and answers its points, plain dictionaries that results.json keeps."""
import contextlib
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE.parent / "peers"), str(ROOT / "tests/support")]

from measure import wait_until_quiet  # noqa: E402
from station_server import PATIENCE, Server  # noqa: E402

QUICK = {"subscribers": [1, 10, 100], "topics": [1, 10, 100], "events": [10**4, 10**5, 10**6], "sizes": [10, 1000, 10**5],
         "threads": [1, 2], "deliveries": 20_000, "seconds": 0.5, "rounds": 1, "lookups": 200, "starts": 1,
         "after_a_kill": 1000, "new_topics": 3}
FULL = {"subscribers": [1, 10, 100, 1000, 10_000], "topics": [1, 10, 100, 1000, 10_000],
        "events": [10**5, 10**6, 10**7, 10**8], "sizes": [10, 100, 1000, 10**4, 10**5, 10**6],
        "threads": [1, 2], "deliveries": 20_000, "seconds": 1, "rounds": 3, "lookups": 1000, "starts": 3,
        "after_a_kill": 100_000, "new_topics": 10}
EVENT_BYTES = 16   # small, so that 10^8 events fit on a disk
PUBLISHED_BYTES = 128
IN_FLIGHT = 1000
MANY = 10_000
FEW_DESCRIPTORS = 30   # files of the log, which come and go
KEPT_BYTES = 64 << 20    # in flight at most, where payloads are large


def resident_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"{pid} has no memory")


def disk_bytes(folder):
    return sum(os.lstat(os.path.join(at, name)).st_blocks * 512 for at, _, names in os.walk(folder) for name in names)


class MostResident:
    """The most memory that a process had while this is open."""

    def __init__(self, pid):
        self.pid = pid
        self.most = resident_bytes(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _watch(self):
        while not self._done.wait(0.02):
            with contextlib.suppress(OSError, RuntimeError):   # it may have ended
                self.most = max(self.most, resident_bytes(self.pid))


class Curves:
    def __init__(self, options):
        self.options = options
        self.sizes = QUICK if options.quick else FULL

    # ---- the parts

    def say(self, text):
        print(f"  {text}", file=sys.stderr, flush=True)

    def run(self, program, *arguments):
        command = [os.path.join(self.options.bin, program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def folder(self):
        return tempfile.TemporaryDirectory(prefix="growth-", dir=self.options.data)

    def server(self, data, *more):
        """As people run it, not pinned to a processor; a client that connects ten thousand times answers no ping meanwhile."""
        return Server(os.path.join(self.options.bin, "station"), data, "--log-level", "error", "--max-topics", "20000", "--drain-timeout",
                      "60s", "--ping-interval", "10m", *more)

    def drive(self, server, *arguments):
        """The load client's result, with processor time in seconds."""
        wait_until_quiet(self.options.patience)
        result = self.run("peers_client", "websocket", *arguments, "--port", server.port, "--server", server.pid)
        return {**result, "processor": result["server_cpu"] * result["seconds"]}

    def rounds(self, once, grown=1):
        """What has grown to ten thousand takes longer to make than to measure: there it is one round."""
        return [once() for _ in range(self.sizes["rounds"] if grown < MANY else 1)]

    def wait_until_left(self, server, connections):
        """Until the server has noticed that the last clients have gone: two crowds at once are more than it takes."""
        deadline = time.monotonic() + PATIENCE
        while len(os.listdir(f"/proc/{server.pid}/fd")) > connections + FEW_DESCRIPTORS and time.monotonic() < deadline:
            time.sleep(0.01)

    # ---- one topic, many who read it

    def deliveries(self):
        return [self.fan_out(count, threads) for threads in self.sizes["threads"] for count in self.sizes["subscribers"]]

    def fan_out(self, subscribers, threads):
        seconds = self.sizes["seconds"]
        rate = max(1, self.sizes["deliveries"] // subscribers)
        load = ["fanout", "--size", PUBLISHED_BYTES, "--seconds", seconds]
        with self.folder() as folder, self.server(f"{folder}/data", "--threads", str(threads)) as server:
            server.open()
            # A first publisher: what the server takes once, however many come, is no subscriber's memory.
            self.drive(server, *load, "--rate", rate, "--window", IN_FLIGHT, "--subscribers", 0)
            before, descriptors = resident_bytes(server.pid), len(os.listdir(f"/proc/{server.pid}/fd"))
            fixed_rate = [*load, "--rate", rate, "--window", IN_FLIGHT, "--subscribers"]

            def crowd(*arguments):
                result = self.drive(server, *arguments, subscribers)
                self.wait_until_left(server, descriptors)
                return result
            with MostResident(server.pid) as memory:
                fixed = self.rounds(lambda: crowd(*fixed_rate), subscribers)
            alone = self.rounds(lambda: self.drive(server, *fixed_rate, 0), subscribers)
            full = self.rounds(lambda: crowd(*load, "--window", 100, "--subscribers"), subscribers)
        middle = statistics.median
        per_event = middle(run["processor"] for run in alone) / (rate * seconds)
        each = middle(run["processor"] / run["events"] for run in fixed)
        point = {"threads": threads, "subscribers": subscribers, "events_per_second": rate,
                 "per_delivery_us": 1e6 * each,
                 "without_publishing_us": 1e6 * max(0.0, each - per_event / subscribers),
                 "p50_us": middle(run["p50_us"] for run in fixed), "p99_us": middle(run["p99_us"] for run in fixed),
                 "full_rate": middle(run["rate"] for run in full),
                 "full_per_delivery_us": 1e6 * middle(run["processor"] / run["events"] for run in full),
                 "memory_bytes": max(0, memory.most - before) / subscribers,
                 "others": max(run["other_cpu"] for run in fixed + full)}
        self.say(f"{subscribers:,} subscribers, {threads} thread(s): {point['per_delivery_us']:.1f} us a delivery, "
                 f"p50 {point['p50_us'] / 1000:.1f} ms; at full rate {point['full_per_delivery_us']:.2f} us, "
                 f"{point['full_rate']:,.0f}/s")
        return point

    # ---- many topics

    def topics(self):
        points = []
        for count in self.sizes["topics"]:
            with self.folder() as folder:
                self.run("growth_folder", "topics", f"{folder}/data", count)
                points += [self.over_topics(count, threads, f"{folder}/data") for threads in self.sizes["threads"]]
        return sorted(points, key=lambda point: (point["threads"], point["topics"]))

    def over_topics(self, count, threads, data):
        point = {"threads": threads, "topics": count}
        for durability in ("always", "os"):
            # From a copy: what earlier loads have appended would be part of the next start.
            with self.folder() as own, contextlib.ExitStack() as ended:
                shutil.copytree(data, f"{own}/data")
                began = time.monotonic()
                server = ended.enter_context(self.server(f"{own}/data", "--threads", str(threads), "--durability", durability))
                server.open()
                point["start_seconds"] = time.monotonic() - began
                point["started_bytes"] = resident_bytes(server.pid)
                load = ["publish", "--size", PUBLISHED_BYTES, "--window", IN_FLIGHT, "--seconds", self.sizes["seconds"],
                        "--topics", count]
                runs = self.rounds(lambda: self.drive(server, *load), count)
                point[f"{durability}_rate"] = statistics.median(run["rate"] for run in runs)
                point[f"{durability}_per_event_us"] = 1e6 * statistics.median(
                    run["processor"] / run["events"] for run in runs)
                point["resident_bytes"] = resident_bytes(server.pid)
                point["descriptors"] = len(os.listdir(f"/proc/{server.pid}/fd"))
                point["tasks"] = len(os.listdir(f"/proc/{server.pid}/task"))
                point["others"] = max([point.get("others", 0), *(run["other_cpu"] for run in runs)])
                if durability == "always":
                    continue
                point["made_seconds"] = self.make_topics(server.port)
                began = time.monotonic()
                if server.stop() != 0:
                    raise RuntimeError(f"{count} topics: no clean end: {server.stderr()}")
                point["stop_seconds"] = time.monotonic() - began
        self.say(f"{count:,} topics, {threads} thread(s): always {point['always_rate']:,.0f}/s, "
                 f"{point['always_per_event_us']:.2f} us an event; os {point['os_rate']:,.0f}/s, "
                 f"{point['os_per_event_us']:.2f} us; start {point['start_seconds']:.2f} s, stop {point['stop_seconds']:.2f} s, "
                 f"one more in {1000 * point['made_seconds']:.1f} ms")
        return point

    def make_topics(self, port):
        """How long one more topic takes beside those that are there, with its first event."""
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        began = time.monotonic()
        for number in range(self.sizes["new_topics"]):
            asking.request("POST", f"/api/topics/new{number}/events", b"event")
            answer = asking.getresponse()
            answer.read()
            if answer.status != 201:
                raise RuntimeError(f"a topic more is {answer.status}")
        asking.close()
        return (time.monotonic() - began) / self.sizes["new_topics"]

    # ---- many events

    def events(self):
        with self.folder() as folder:
            return [self.of_events(f"{folder}/data", count) for count in self.sizes["events"]]

    def of_events(self, data, count):
        made = self.run("growth_folder", "events", data, count, EVENT_BYTES)
        point = {"events": count, "made_seconds": made["seconds"]}
        look_up = self.run("growth_folder", "look-up", data, self.sizes["lookups"])
        for by in ("offset", "time", "id"):
            point[f"{by}_p50_us"], point[f"{by}_p99_us"] = look_up[by]["p50_us"], look_up[by]["p99_us"]
        point["disk_bytes"] = disk_bytes(data)
        starts, residents = [], []
        for _ in range(self.sizes["starts"]):
            began = time.monotonic()
            with self.server(data) as server:
                server.open()
                starts.append(time.monotonic() - began)
                residents.append(resident_bytes(server.pid))
                self.expect_events(server.port, count)
                server.stop()
        point["start_clean_seconds"], point["memory_bytes"] = statistics.median(starts), statistics.median(residents)
        killed = []
        for _ in range(self.sizes["starts"]):
            with self.server(data) as server:
                server.open()
                self.run("peers_client", "websocket", "publish", "--port", server.port, "--events",
                         self.sizes["after_a_kill"], "--window", IN_FLIGHT, "--size", EVENT_BYTES)
                os.kill(server.pid, signal.SIGKILL)
                server.process.wait()
            began = time.monotonic()
            with self.server(data) as server:
                server.open()
                killed.append(time.monotonic() - began)
                server.stop()
        point["start_killed_seconds"] = statistics.median(killed)
        self.say(f"{count:,} events: start {point['start_clean_seconds']:.3f} s, killed {point['start_killed_seconds']:.3f} s, "
                 f"by offset {point['offset_p50_us']:.0f} us, time {point['time_p50_us']:.0f}, id {point['id_p50_us']:.0f}")
        return point

    def expect_events(self, port, count):
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        asking.request("GET", "/api/topics")
        found = {topic["name"]: topic["next_offset"] for topic in json.loads(asking.getresponse().read())}
        asking.close()
        if found.get("lobby", 0) < count:
            raise RuntimeError(f"{count} events were made, and the server has {found}")

    # ---- large events

    def payload(self):
        return [self.of_size(size) for size in self.sizes["sizes"]]

    def of_size(self, size):
        point = {"size": size, "window": max(16, min(IN_FLIGHT, KEPT_BYTES // size))}
        for durability in ("always", "os"):
            with self.folder() as folder, self.server(f"{folder}/data", "--durability", durability) as server:
                server.open()
                runs = self.rounds(lambda: self.drive(server, "publish", "--size", size, "--window", point["window"],
                                                      "--seconds", self.sizes["seconds"]))
            rate = statistics.median(run["rate"] for run in runs)
            point[f"{durability}_rate"], point[f"{durability}_bytes"] = rate, rate * size
            point[f"{durability}_per_event_us"] = 1e6 * statistics.median(run["processor"] / run["events"] for run in runs)
            point["others"] = max([point.get("others", 0), *(run["other_cpu"] for run in runs)])
        self.say(f"{size:,} bytes: always {point['always_rate']:,.0f}/s, {point['always_bytes'] / 1e6:,.1f} MB/s; "
                 f"os {point['os_rate']:,.0f}/s, {point['os_bytes'] / 1e6:,.1f} MB/s")
        return point
