#!/usr/bin/env python3
"""Breaks the disk under `station publish`: full disks, failing system calls, short writes. Each time: who publishes is
told, readers go on, nothing is acknowledged after a failed sync, and after a restart everything acknowledged is there,
once and in order.

    disk_test.py STATION [unittest arguments]

What needs strace is skipped where it is missing, and says so. `./dev lab disk-error` and `disk-full` go through the rest.
"""
import collections
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

STATION = ""
PATIENCE = 60
TRACED = "pwrite64,write,fdatasync,fsync,openat,rename,ftruncate"


def strace_works():
    if not shutil.which("strace"):
        return False
    probe = ["strace", "-f", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO:when=1", "true"]
    return subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0


NEEDS_STRACE = unittest.skipUnless(strace_works(), "SKIPPED: strace can't inject faults here")


class Publisher:
    """`station publish` on standard input. Each line that is sent brings one line: an acknowledgement, or words."""

    def __init__(self, data, *arguments, wrapper=(), preexec=None):
        self.process = subprocess.Popen(
            [*wrapper, STATION, "publish", "--dir", data, "--topic", "t", "--keep-going", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=preexec)
        self.acknowledged = []  # (offset, payload)
        self.refused = []       # (payload, words)
        self.said = []          # everything else
        self.watchdog = threading.Timer(PATIENCE, self.process.kill)
        self.watchdog.start()

    def send(self, payload):
        """True where it was acknowledged, False where it was refused, None where the publisher has ended."""
        try:
            self.process.stdin.write(payload.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        for line in iter(self.process.stdout.readline, b""):
            line = line.decode().rstrip("\n")
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
        self.said += self.process.stdout.read().decode().splitlines()
        self.process.stdout.close()
        status = self.process.wait()
        self.watchdog.cancel()
        return status


class DiskTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="station-disk-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")

    def station(self, *arguments, status=0):
        done = subprocess.run([STATION, arguments[0], "--dir", self.data, *arguments[1:]], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode()

    def publisher(self, *arguments, **more):
        publisher = Publisher(self.data, *arguments, **more)

        def end():
            publisher.process.kill()
            publisher.process.wait()
            publisher.watchdog.cancel()
            for pipe in (publisher.process.stdin, publisher.process.stdout):
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        self.addCleanup(end)
        return publisher

    def events(self):
        lines = self.station("replay", "--topic", "t", "--json").splitlines()
        return [(event["offset"], event["payload"]) for event in map(json.loads, lines)]

    def check(self, acknowledged, sent):
        """Everything acknowledged is there, once, at its offset; what else is there was sent, and is there once."""
        events = self.events()
        self.assertEqual([offset for offset, _ in events], list(range(len(events))))
        payloads = [payload for _, payload in events]
        self.assertEqual(len(set(payloads)), len(payloads), "an event is there twice")
        self.assertLessEqual(set(payloads), set(sent))
        self.assertEqual([event for event in events if event in set(acknowledged)], acknowledged)

    def restart_and_check(self, acknowledged, sent):
        self.check(acknowledged, sent)
        after, = map(json.loads, self.station("publish", "--topic", "t", "after the restart").splitlines())
        acknowledged = acknowledged + [(after["offset"], "after the restart")]
        self.check(acknowledged, [*sent, "after the restart"])
        self.assertIn("sound", self.station("verify"))


class FullDisk(DiskTest):
    def fill_up(self, publisher, size):
        """Publishes until a publish is refused, and then some more."""
        sent = []
        while not publisher.refused:
            sent.append(f"{len(sent)} {'x' * size}")
            self.assertLess(len(sent), 10000, "this disk does not get full")
            publisher.send(sent[-1])
        for _ in range(3):
            sent.append(f"{len(sent)} {'x' * size}")
            publisher.send(sent[-1])
        lines = [f"station: refused line {sent.index(payload) + 1}: the disk is full" for payload, _ in publisher.refused]
        self.assertEqual([words for _, words in publisher.refused], lines)
        self.assertGreater(len(publisher.acknowledged), 10)
        self.check(publisher.acknowledged, sent)  # readers go on
        return sent

    def go_on(self, publisher, sent):
        """There is room again."""
        refused = len(publisher.refused)
        for _ in range(100):
            sent.append(f"{len(sent)} more")
            self.assertTrue(publisher.send(sent[-1]), publisher.refused)
        self.assertEqual(publisher.close(), 1)  # some were refused
        self.assertEqual(len(publisher.refused), refused)
        self.assertIn("sound", self.station("verify"))
        self.restart_and_check(publisher.acknowledged, sent)

    def under_a_limit(self, *arguments):
        """A file may not grow past a limit: a write up to it is short, one behind it gets EFBIG."""
        limit = 100_000
        publisher = self.publisher(*arguments, preexec=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)))
        sent = self.fill_up(publisher, 777)
        resource.prlimit(publisher.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.go_on(publisher, sent)

    def test_a_limit_on_the_size_of_files(self):
        self.under_a_limit()

    def test_a_limit_on_the_size_of_files_in_batch_mode(self):
        self.under_a_limit("--durability", "batch:10,50")


@NEEDS_STRACE
class FailingCalls(DiskTest):
    EVENTS = 60

    def setUp(self):
        super().setUp()
        self.station("init", "--topic", "t")

    def publish_with(self, *injections, arguments=(), size=300, only=None):
        """Publishes events under strace. Returns the publisher, what was sent, and the calls made (to one file)."""
        trace = os.path.join(self.folder, "trace")
        wrapper = ["strace", "-f", "-y", "-qq", "-s", "16", "-e", "signal=none", "-o", trace, "-e", f"trace={TRACED}"]
        if only:
            wrapper += ["-P", only]
        for injection in injections:
            wrapper += ["-e", f"inject={injection}"]
        publisher = self.publisher("--segment-bytes", "4096", *arguments, wrapper=wrapper)
        sent = []
        for number in range(self.EVENTS):
            sent.append(f"{number} {'y' * (number * 37 % size)}")
            if publisher.send(sent[-1]) is None:
                break
        publisher.close()
        with open(trace, encoding="utf-8", errors="replace") as file:
            return publisher, sent, file.read().splitlines()

    def check_failed_syncs_are_final(self, publisher, calls):
        failed = collections.Counter()
        for call in calls:
            # A call that another thread's output cut in two is named with its file in its first half.
            match = re.search(r"\b(fdatasync|fsync)\(\d+<([^>]*)>", call)
            if not match:
                continue
            path = match.group(2)
            self.assertEqual(failed[path], 0, f"{path} was synced again after a sync of it had failed")
            if "(INJECTED)" in call and "EIO" in call:
                failed[path] += 1
        return {os.path.basename(path) for path in failed}

    def test_an_index_is_not_the_log(self):
        index = os.path.join(self.data, "topics", "t", "log-00000001.idx")
        publisher, sent, calls = self.publish_with("fdatasync:error=EIO:when=1", only=index + ".new")
        self.assertEqual([name for name in calls if "INJECTED" in name][1:], [], "synced more than once")
        self.assertEqual(len(publisher.acknowledged), len(sent))
        self.assertFalse(os.path.exists(index))
        self.restart_and_check(publisher.acknowledged, sent)
        self.assertTrue(os.path.exists(index))

    def test_a_failed_sync_in_batch_mode(self):
        for nth in (1, 2, 5):
            with self.subTest(nth=nth):
                shutil.rmtree(self.data)
                self.station("init", "--topic", "t")
                publisher, sent, calls = self.publish_with(f"fdatasync:error=EIO:when={nth}",
                                                           arguments=("--durability", "batch:5,3600000"))
                self.check_failed_syncs_are_final(publisher, calls)
                # Written and acknowledged before it: a kill keeps it, and this was not even one.
                self.restart_and_check(publisher.acknowledged, sent)

    def test_slow_syncs_gather_publishes(self):
        trace = os.path.join(self.folder, "trace")
        publisher = self.publisher(wrapper=["strace", "-f", "-qq", "-e", "signal=none", "-o", trace, "-e",
                                            "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=20000"])
        lines = [f"{number} slow" for number in range(500)]
        publisher.process.stdin.write("".join(line + "\n" for line in lines).encode())
        publisher.process.stdin.flush()
        offsets = [json.loads(publisher.process.stdout.readline())["offset"] for _ in lines]
        self.assertEqual(offsets, list(range(500)))
        self.assertEqual(publisher.close(), 0)
        with open(trace, encoding="utf-8") as file:
            self.assertLess(len(re.findall(r"fdatasync\(", file.read())), 100)
        self.restart_and_check(list(enumerate(lines)), lines)


if __name__ == "__main__":
    STATION = sys.argv.pop(1)
    unittest.main(verbosity=2)
