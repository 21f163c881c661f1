"""One client asks for as much work as it may; the others are answered meanwhile, /livez within 20 ms in 99 of 100.

Each kind of hog is a process of its own, and so is who takes the time: /livez a hundred times a second, twenty times a
publish. With less than three seconds for each, nothing is judged but that all were answered. Where the machine itself is
not steady the judgement is withheld.
"""
import json
import os
import signal
import subprocess
import sys
import threading

from doors import WebSocketClient
from harness import HERE, Skip, check, end
from hogs import CONTROL_TOPIC, PLAIN_TOPIC, TOPICS
from probe import livez_alone, measure, p99
from server import Server

COUNT, UNIT = 4, "seconds for each hog"
ROUNDS = 3             # a fault shows in each of them, the machine's own pauses in one
JUDGED_FROM = 3        # seconds
MOST, STEADY = 20, 10  # ms
STARVED = 0.1          # of the time: with others on the processors it is they who are measured
HOGS = ["metrics", "topics", "subscribes", "line-replays", "http-replays", "control-characters",
        "web-socket-replay", "opens"]  # which makes more topics, so it comes last


def waited_for_a_processor(pid):
    """Seconds that the thread which waited longest was ready to run and did not: another program had the processor."""
    longest = 0
    tasks = f"/proc/{pid}/task"
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/schedstat", encoding="ascii") as times:
            longest = max(longest, int(times.read().split()[1]))
    return longest / 1e9


class Machine:
    def __init__(self, run, *options, **more):
        self.run = run
        self.server = Server(run, run.cleanup.folder(where="/dev/shm" if os.path.isdir("/dev/shm") else None),
                             "--max-topics", "100000", *options, **more)
        run.cleanup.add(end, self.server.process)
        self.server.open()

    def start(self, kind, seconds):
        program = [sys.executable, os.path.join(HERE, "hogs.py"), kind, str(seconds),
                   str(self.server.addresses["web"][1]), str(self.server.addresses["lines"][1])]
        process = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.run.cleanup.add(end, process)
        return process

    @staticmethod
    def result(process, kind):
        said, _ = process.communicate()
        check(process.returncode == 0, f"{kind} ended with {process.returncode}")
        return json.loads(said)

    def measure(self, seconds):
        return measure(self.run, self.server, "others", seconds)

    def beside(self, kind, seconds):
        hog = self.start(kind, seconds)
        before = waited_for_a_processor(self.server.process.pid)
        times = self.measure(seconds)
        times["waited"] = (waited_for_a_processor(self.server.process.pid) - before) / seconds
        check(self.result(hog, kind)["bytes"] > 0, f"{kind} was not answered")
        return times

    def fill(self):
        for i in range(TOPICS):
            check(self.server.post(f"/api/topics/topic-{i}/events", b"x")[0] == 201, "a topic can't be made")
        with WebSocketClient(self.server.addresses["web"]) as client:
            for topic, payload, events in ((PLAIN_TOPIC, b"x" * 128, 100_000), (CONTROL_TOPIC, b"\1" * 4096, 8192)):
                stream = client.ask(type="open", topic=topic)["stream"]
                for _ in range(events // 64):
                    client.publish(stream, *[payload] * 64)
                    answered = 0
                    while answered < 64:
                        answered += len(client.message_frames())


def judge(run, name, rounds, limit_publish=True):
    livez = min(p99(times["livez"]) for times in rounds)
    publish = min(p99(times["publish"]) for times in rounds) if limit_publish else None
    words = f"/livez {livez:.1f}, publish " + ("not judged" if publish is None else f"{publish:.1f}")
    run.report[f"{name}_p99_ms"] = words
    return livez <= MOST and (publish is None or publish <= MOST)


def slow_disk(run, nth=50, milliseconds=2000):
    """An environment in which each n-th sync takes so long: nothing else is slower by it, as it would be under strace."""
    preload = run.cleanup.folder(where="/tmp") + "/faults.so"  # see disk_error
    os.symlink(run.program("lab_faults.so"), preload)
    return {**os.environ, "LD_PRELOAD": preload, "LAB_FAULT": f"fdatasync:{nth}:slow", "LAB_SLOW_MS": str(milliseconds),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def stalled_disk(run, seconds):
    """A publish waits ten seconds for the disk; what needs no disk does not."""
    machine = Machine(run, "--durability", "always", environment=slow_disk(run, nth=3, milliseconds=10_000))

    def publish():
        try:
            for _ in range(10):
                machine.server.post("/api/topics/lobby/events", b"x")
        except OSError:
            pass  # the server was killed

    publishing = threading.Thread(target=publish)
    publishing.start()
    times = livez_alone(run, machine.server, seconds)
    check(publishing.is_alive(), "the disk did not stall")
    machine.server.kill()
    publishing.join()
    return judge(run, "stalled_disk", [times], limit_publish=False)


def control(run, machine, seconds):
    """A station that stands still for 40 ms ten times a second has to be caught."""
    over = threading.Event()

    def stop():
        while not over.wait(0.06):
            machine.server.process.send_signal(signal.SIGSTOP)
            over.wait(0.04)
            machine.server.process.send_signal(signal.SIGCONT)

    stopper = threading.Thread(target=stop)
    stopper.start()
    try:
        times = machine.measure(seconds)
    finally:
        over.set()
        stopper.join()
    return not judge(run, "control", [times])


def run(run):
    seconds = run.count
    judged = seconds >= JUDGED_FROM
    machine = Machine(run, "--durability", "os")
    machine.fill()
    before = machine.measure(seconds)
    slow, starved = [], []
    for kind in HOGS:
        rounds = [machine.beside(kind, seconds) for _ in range(ROUNDS if judged else 1)]
        if not judge(run, kind, rounds):
            (starved if min(times["waited"] for times in rounds) > STARVED else slow).append(kind)
    if not stalled_disk(run, seconds):
        slow.append("stalled-disk")
    caught = control(run, machine, seconds)
    after = machine.measure(seconds)
    judge(run, "alone", [before, after])
    check(machine.server.stop() == 0, "the station does not stop:", machine.server.stderr())
    if not judged:
        return
    if max(p99(times["livez"]) for times in (before, after)) > STEADY:
        raise Skip("inconclusive: this machine is too noisy to judge")
    check(caught, "a station that stood still was not caught")
    check(not slow, f"others wait for {', '.join(slow)}")
    if starved:
        raise Skip(f"inconclusive: other programs took the processors during {', '.join(starved)}")
