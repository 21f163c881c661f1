#!/usr/bin/env python3
"""A mirror that is killed at random moments while its topic grows, and nodes of JetStream's with it: what it leaves behind
is a copy, by its own word (--verify) and by a reader that owes nothing to Station.

    tests/mirror/mirror_kills_test.py --station build/bin/station [--rounds 50] [--events 1000000] [--nodes 3] [--seed N]
"""
import random
import subprocess
import sys
import threading
import time

from copying import (SKIPPED, STREAM, TOPIC, Failure, Mirror, Settings, check, count, equal, held, nats_cluster, publish, run,
                     station, stored, until)

LOOKED_AT = 100000   # events, beyond which --verify alone is believed: reading them twice more takes memory


class Load:
    """Events that come while the mirror is killed: a publisher of its own, on the folder."""

    def __init__(self, folder, events):
        self.process = subprocess.Popen(
            [Settings.station, "publish", "--dir", str(folder), "--topic", TOPIC, "--durability", "os", "--header",
             "k=v"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.thread = threading.Thread(target=self.write, args=(events,))
        self.thread.start()

    def write(self, events):
        with self.process.stdin as pipe:
            for begin in range(0, events, 1000):
                pipe.write(b"".join(b"event %d %s\n" % (i, b"x" * (i % 200))
                                    for i in range(begin, min(begin + 1000, events))))

    def wait(self):
        self.thread.join()
        self.process.stdin = None
        error = self.process.communicate(timeout=600)[1]
        check(self.process.returncode == 0, f"the publisher: {error.decode()}")


def judge(folder, cluster, events):
    to = ["mirror", "--dir", folder, "--topic", TOPIC, "--to", cluster.urls]
    began = time.monotonic()
    said = station(*to, "--once")
    check(said.returncode == 0, f"the last mirror: {said.stderr.decode()}")
    equal(events, count(cluster), "the number of events in the stream")
    said = station(*to, "--verify")
    check(said.returncode == 0 and said.stdout.endswith(b"equal\n"), f"verified: {said}")
    if events <= LOOKED_AT:
        check(held(folder) == stored(cluster), "the independent reader finds other events")
    return time.monotonic() - began


def rounds_of_kills(folder, cluster, options, rounds, kill_nodes):
    choose = random.Random(options.seed)
    to = ["--dir", folder, "--topic", TOPIC, "--to", cluster.urls]
    publish(folder, ["first"])
    load = Load(folder, options.events - 1)
    try:
        for _ in range(rounds):
            before = count(cluster)
            with Mirror(*to) as mirror:
                # Each round gets a little further, and is ended somewhere on that way.
                goal = before + choose.randrange(1, max(2, options.events // rounds))
                until(lambda: count(cluster) >= goal or count(cluster) == options.events, "the mirror gets on")
                if kill_nodes:
                    node = choose.choice([cluster.leader_of(STREAM) or cluster.nodes[0], choose.choice(cluster.nodes)])
                    node.kill()
                    after = count(cluster)
                    node.start()
                    until(lambda: count(cluster) > after or count(cluster) == options.events, "it goes on by itself")
                if mirror.process.poll() is not None:
                    raise Failure(f"the mirror ended by itself: {mirror.end()}")
    finally:
        load.wait()
    judge(folder, cluster, options.events)


def killed_anywhere_it_goes_on(folder, options):
    with nats_cluster.Cluster(options.nodes) as cluster:
        rounds_of_kills(folder, cluster, options, options.rounds, kill_nodes=False)


def nodes_are_killed_with_it(folder, options):
    with nats_cluster.Cluster(3) as cluster:
        rounds_of_kills(folder, cluster, options, (options.rounds + 1) // 2, kill_nodes=True)


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--events", type=int, default=8000)
    parser.add_argument("--nodes", type=int, default=1, help="where none of them is killed")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))


if __name__ == "__main__":
    if nats_cluster.program() is None:
        print("skipped: there is no nats-server (apt-get install nats-server)")
        sys.exit(SKIPPED)
    sys.exit(run([killed_anywhere_it_goes_on, nodes_are_killed_with_it], add_options=add_options))
