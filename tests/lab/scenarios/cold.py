"""A topic that is not in memory, on a disk that reads 20 MB a second; then segment files are cut under their readers.

While one client replays it, /livez and publishes to a topic on another disk are answered as ever, and all events come.
Who reads a file that is cut is told so, the station lives, and nobody else notices. It needs root and a control group
that slows a loop device down. With less than 512 MiB no time is judged.
"""
import os
import subprocess
import time

from cold_readers import DOORS, EVENT, Reader, payload_at
from doors import WebSocketClient
from harness import PATIENCE, Skip, Wrong, check, end, until
from loop_disk import LoopDisk, SlowReads, must, quietly
from probe import Probe, measure, p99
from server import Server

COUNT, UNIT = 1024, "MiB of a cold topic"
MIB = 1 << 20
JUDGED_FROM = 512      # MiB
MOST, STEADY = 20, 10  # ms
READ_RATE = 20 * MIB   # bytes a second
ALONE = 5              # seconds
BATCH = 64
CUTS = 8
CUT_EVENTS, CUT_SEGMENT = 2048, 1 * MIB


def fill(server, topic, events):
    with WebSocketClient(server.addresses["web"]) as client:
        stream = client.ask(type="open", topic=topic)["stream"]
        for first in range(0, events, BATCH):
            client.publish(stream, *(payload_at(offset) for offset in range(first, first + BATCH)))
            answered = 0
            while answered < BATCH:
                answered += len(client.message_frames())


def bytes_read(server):
    """From disks, on behalf of this process."""
    with open(f"/proc/{server.process.pid}/io", encoding="ascii") as io:
        return next(int(line.split()[1]) for line in io if line.startswith("read_bytes:"))


class ColdTopic:
    """A bus in memory, with one topic on a disk of its own."""

    def __init__(self, run):
        self.run, self.events = run, run.count * MIB // EVENT
        self.data = os.path.join(run.cleanup.folder(where="/dev/shm" if os.path.isdir("/dev/shm") else None), "data")
        self.folder = os.path.join(self.data, "topics", "cold")
        self.disk = LoopDisk(run, run.count + run.count // 8 + 64, in_memory=False)
        self.there = os.path.join(self.disk.mount_point, "cold")
        os.makedirs(self.folder)
        os.mkdir(self.there)
        self.bind()
        run.cleanup.add(quietly, "umount", self.folder)

    def bind(self):
        must("mount", "--bind", self.there, self.folder)

    def open(self, preexec=None):
        server = Server(self.run, self.data, "--durability", "os", "--segment-bytes",
                        str(max(MIB, self.run.count * MIB // 8)), preexec=preexec)
        self.run.cleanup.add(end, server.process)
        return server.open()

    def make(self):
        server = self.open()
        fill(server, "cold", self.events)
        fill(server, "others", BATCH)
        check(server.stop() == 0, "the station does not stop:", server.stderr())

    def cool_down(self):
        """What was written is on the disk, and nothing of it in memory."""
        must("umount", self.folder)
        self.disk.unmount()
        self.disk.mount()
        self.bind()


def replay_while_others_ask(run, cold, server):
    before = bytes_read(server)
    probe = Probe(run, server, "others")
    began = time.monotonic()
    reader = Reader(server, "web socket", "cold", cold.events)
    reader.join()
    took = time.monotonic() - began
    times = probe.finish()
    check(reader.wrong is None and not reader.said, "the reader of the cold topic:", reader.wrong, reader.said[:1])
    check(reader.found == cold.events, f"{reader.found} events of {cold.events} came")
    read = bytes_read(server) - before
    run.report.update(events=reader.found, replay_mib_per_s=round(cold.events * EVENT / MIB / took, 1),
                      read_from_disk_mib=round(read / MIB))
    check(read >= cold.events * EVENT * 9 // 10, f"{read / MIB:.0f} MiB came from the disk: the topic was not cold, "
          "and this proves nothing")
    check(took >= cold.events * EVENT / READ_RATE / 2, "the disk was not slow: this proves nothing")
    return times


def all_are_there(server, topic, acknowledged):
    found = dict(server.events(topic))
    missing = [offset for offset, payload in acknowledged if found.get(offset) != payload]
    check(acknowledged and not missing, f"{topic}: {len(missing)} acknowledged events of {len(acknowledged)} are gone")


def cut_one(run, server, data, number):
    """A file is cut while readers on every door are on their way through the topic; others come afterwards."""
    topic = f"cut-{number}"
    fill(server, topic, CUT_EVENTS)
    folder = os.path.join(data, "topics", topic)
    segments = sorted(name for name in os.listdir(folder) if name.endswith(".seg"))
    victim = os.path.join(folder, segments[run.random.randrange(1, len(segments) - 1)])
    enough = run.random.randrange(1, 300)
    readers = [Reader(server, door, topic, CUT_EVENTS) for door in DOORS]
    until(lambda: max(reader.found for reader in readers) >= enough or not any(reader.is_alive() for reader in readers),
          "the readers have begun")
    os.truncate(victim, run.random.randrange(0, os.path.getsize(victim)))
    return readers, [Reader(server, door, topic, CUT_EVENTS) for door in DOORS]


def must_live(server):
    try:
        status = server.process.wait(0.2)  # a connection may be reset before the end is there to be seen
    except subprocess.TimeoutExpired:
        return
    raise Wrong(f"a file was cut, and the station ended with {status}: {server.stderr()[-500:]}")


def judge_reader(server, reader):
    reader.join(PATIENCE)
    must_live(server)
    check(not reader.is_alive(), f"{reader.door}: neither served nor told")
    check(reader.wrong is None, f"{reader.door}: {reader.wrong}")
    check(reader.found == CUT_EVENTS or reader.said, f"{reader.door}: {reader.found} events, and not a word")


def cut_files(run):
    data = os.path.join(run.cleanup.folder(where="/dev/shm" if os.path.isdir("/dev/shm") else None), "data")
    server = Server(run, data, "--durability", "os", "--segment-bytes", str(CUT_SEGMENT)).open()
    run.cleanup.add(end, server.process)
    probe = Probe(run, server, "others")
    try:
        cuts = [cut_one(run, server, data, number) for number in range(CUTS)]
    except (OSError, EOFError):
        must_live(server)
        raise
    for during, afterwards in cuts:
        for reader in during + afterwards:
            judge_reader(server, reader)
            run.add(readers=1, told=int(bool(reader.said)))
        check(all(reader.said for reader in afterwards), "who came after the cut was not told")
    acknowledged = probe.finish()["acknowledged"]
    all_are_there(server, "others", acknowledged)
    check(server.get("/livez")[0] == 200, "it does not live")
    check(server.stop() == 0, "the station does not stop:", server.stderr()[-500:])
    run.report.update(cuts=CUTS, others_meanwhile=len(acknowledged))


def judge(run, name, times):
    words = {kind: p99(times[kind]) for kind in ("livez", "publish")}
    run.report[f"{name}_p99_ms"] = f"/livez {words['livez']:.1f}, publish {words['publish']:.1f}"
    return max(words.values())


def control(run):
    """A reader that is shown one event twice, and one that is shown another's bytes."""
    class Shown(Reader):
        def start(self):
            pass

    def caught(*events):
        reader = Shown(None, "http", "t", 9)
        return not all(reader.is_next(*event) for event in events)

    run.report["control_caught"] = caught((0, payload_at(0)), (0, payload_at(0))) + caught((0, payload_at(1)))
    check(run.report["control_caught"] == 2, "a wrong event was believed: this proves nothing")


def run(run):
    control(run)
    cold = ColdTopic(run)
    cold.make()
    cold.cool_down()
    slow = SlowReads(run, cold.disk.mount_point, READ_RATE)
    server = cold.open(slow.join)
    alone = measure(run, server, "others", ALONE)
    times = replay_while_others_ask(run, cold, server)
    after = measure(run, server, "others", ALONE)
    all_are_there(server, "others", alone["acknowledged"] + times["acknowledged"] + after["acknowledged"])
    check(server.stop() == 0, "the station does not stop:", server.stderr()[-500:])
    steady = max(judge(run, "alone", alone), judge(run, "afterwards", after)) <= STEADY
    late = judge(run, "cold", times) > MOST and run.count >= JUDGED_FROM
    check(not late or not steady, "others wait for a topic that is not in memory:", run.report["cold_p99_ms"])
    cut_files(run)
    if late:
        raise Skip("inconclusive: this machine is too noisy to judge")
