#!/usr/bin/env python3
"""What `station tail` and `station publish` do where their server, their topic or their reader is not there: they wait,
go on where they were, and say so.

    outage_test.py --station build/bin/station
"""

import array
import fcntl
import json
import os
import signal
import subprocess
import tempfile
import termios

from harness import Failure, PATIENCE, Server, Settings, check, equal, lasting_port, main, run_station, scenario, until


class Program:
    """A command of `station` that does not end by itself; what it writes goes to files."""

    def __init__(self, *arguments, stdin=subprocess.DEVNULL, stdout=None):
        self._output = tempfile.TemporaryFile("a+b")
        self._errors = tempfile.TemporaryFile("a+b")
        self.process = subprocess.Popen([Settings.station, *arguments], stdin=stdin, stderr=self._errors,
                                        stdout=self._output if stdout is None else stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        self._output.close()
        self._errors.close()

    def _read(self, file):
        return os.pread(file.fileno(), 1 << 24, 0).decode()

    def lines(self):
        return self._read(self._output).splitlines()

    def errors(self):
        return self._read(self._errors)

    def shows(self, *lines):
        until(lambda: self.lines() == list(lines) or self.process.poll() is not None, f"output is {lines}")
        equal(self.lines(), list(lines), f"the output; standard error has {self.errors()!r}")

    def says(self, words):
        until(lambda: words in self.errors() or self.process.poll() is not None, f"standard error has {words!r}")
        check(words in self.errors(), f"standard error has {self.errors()!r}, not {words!r}")

    def wait(self, status):
        try:
            found = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure(f"it does not end; standard error has {self.errors()!r}") from None
        equal(found, status, f"the status; standard error has {self.errors()!r}")

    def interrupt(self, status=0):
        self.process.send_signal(signal.SIGINT)
        self.wait(status)


class Place:
    """A folder and a port, for servers that come and go."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="station-test-")
        self.port = lasting_port()
        self.address = f"127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def server(self):
        return Server(folder=self._folder.name, port=self.port)

    def publish(self, *texts, topic="t"):
        found = run_station("publish", "--server", self.address, "--topic", topic, *texts)
        equal(found.returncode, 0, f"publish: {found.stderr}")

    def tail(self, *arguments, topic="t"):
        return Program("tail", "--server", self.address, "--topic", topic, *arguments)

    def stored(self):
        found = run_station("replay", "--server", self.address, "--topic", "t")
        equal(found.returncode, 0, f"replay: {found.stderr}")
        return found.stdout.splitlines()


@scenario(bare=True)
def tail_goes_on_by_offset_when_the_server_is_back():
    for kill in (signal.SIGTERM, signal.SIGKILL):
        with Place() as place:
            with place.server() as server:
                place.publish("a", "b")
                tail = place.tail("--from", "beginning")
                with tail:
                    tail.shows("a", "b")
                    server.send_signal(kill)
                    server.wait()
                    tail.says("trying again")
                    with place.server():
                        tail.says("connected again; going on at offset 2")
                        place.publish("c")
                        tail.shows("a", "b", "c")
                        tail.interrupt()
                    equal(len(tail.errors().splitlines()), 2, f"an outage is two lines: {tail.errors()!r}")


@scenario(bare=True)
def a_tail_that_has_seen_nothing_misses_nothing_of_a_restart():
    with Place() as place:
        with place.server() as server:
            place.publish("before")
            # Where an event is not found, tail says so as soon as the server has told it its place.
            with place.tail("--from", "event:ffffffff-ffff-7fff-bfff-ffffffffffff") as tail:
                tail.says("it starts behind it, at offset 1")
                server.send_signal(signal.SIGKILL)
                server.wait()
                tail.says("trying again")
                # What comes in before tail is back is behind its place, too.
                with Server(folder=server.folder) as other:
                    found = run_station("publish", "--server", f"127.0.0.1:{other.port}", "--topic", "t", "meanwhile")
                    equal(found.returncode, 0, found.stderr)
                    other.stop()
                with place.server():
                    tail.shows("meanwhile")
                    tail.interrupt()


@scenario(bare=True)
def a_limit_counts_over_restarts():
    with Place() as place:
        with place.server() as server:
            place.publish("a", "b")
            with place.tail("--from", "beginning", "--limit", "3") as tail:
                tail.shows("a", "b")
                server.send_signal(signal.SIGKILL)
                server.wait()
                with place.server():
                    place.publish("c", "d")
                    tail.wait(0)
                    tail.shows("a", "b", "c")


@scenario(bare=True)
def once_it_ends_with_the_server():
    with Place() as place:
        with place.server() as server:
            place.publish("a")
            with place.tail("--from", "beginning", "--once") as tail:
                tail.shows("a")
                server.send_signal(signal.SIGKILL)
                tail.wait(1)
                check("the server has ended the stream after 1 events" in tail.errors(), tail.errors())


@scenario()
def tail_waits_for_a_topic(server):
    address = f"127.0.0.1:{server.port}"
    with Program("tail", "--server", address, "--topic", "later") as tail:
        tail.says("later: there is no such topic; waiting for it")
        found = run_station("publish", "--server", address, "--topic", "later", "first", "second")
        equal(found.returncode, 0, found.stderr)
        tail.shows("first", "second")
        tail.interrupt()
    with Program("tail", "--server", address, "--topic", "nowhere", "--once") as tail:
        tail.wait(1)
        equal(tail.errors(), "station: nowhere: there is no such topic\n", "with --once")


@scenario(bare=True)
def tail_of_a_pattern_goes_on_in_each_topic_when_the_server_is_back():
    with Place() as place:
        with Program("tail", "--server", place.address, "--topic", "p.*", "--once") as tail:
            tail.wait(1)  # a server that was never there
        with place.server() as server:
            place.publish("a0", topic="p.a")
            place.publish("x", topic="other")
            tail = Program("tail", "--server", place.address, "--topic", "p.*", "--topic", "named", "--from", "beginning")
            with tail:
                tail.shows("a0")
                tail.says("named: there is no such topic; waiting for it")
                place.publish("b0", "b1", topic="p.b")
                tail.shows("a0", "b0", "b1")
                server.send_signal(signal.SIGKILL)
                server.wait()
                tail.says("trying again")
                with place.server():
                    tail.says("connected again; going on where each topic was")
                    place.publish("b2", topic="p.b")
                    place.publish("a1", topic="p.a")
                    place.publish("c0", topic="p.c")
                    place.publish("n0", topic="named")
                    tail.shows("a0", "b0", "b1", "b2", "a1", "c0", "n0")
                    equal(run_station("topic", "p.b", "--server", place.address, "--delete", "--yes").returncode, 0, "a deletion")
                    tail.says("p.b: ")
                    place.publish("again", topic="p.b")
                    tail.shows("a0", "b0", "b1", "b2", "a1", "c0", "n0", "again")
                    tail.interrupt()
                    equal(len(tail.errors().splitlines()), 4, f"one line each: {tail.errors()!r}")


@scenario()
def tail_of_several_prints_which_topic_it_is_as_json(server):
    for topic in ("s.a", "s.b"):
        equal(run_station("publish", "--server", f"127.0.0.1:{server.port}", "--topic", topic, "--header", "k=v", "text").returncode,
              0, "a publish")
    done = run_station("tail", "--server", f"127.0.0.1:{server.port}", "--topic", "s.a", "--topic", "s.b", "--from", "beginning",
                       "--limit", "2", "--json")
    equal((done.returncode, done.stderr), (0, ""), "the end")
    # Between topics no order is promised.
    for line, topic in zip(sorted(done.stdout.splitlines()), ("s.a", "s.b"), strict=True):
        one = run_station("replay", "--server", f"127.0.0.1:{server.port}", "--topic", topic, "--json")
        equal(line + "\n", one.stdout, "as replay prints it")
    for wrong, words in ((("--dir", server.data), "--server"), (("--server", f"127.0.0.1:{server.port}", "--from", "x"), "--from")):
        done = run_station("tail", "--topic", "s.*", *wrong)
        equal((done.returncode, words in done.stderr), (2, True), f"{done.stderr}")
    done = run_station("tail", "--server", f"127.0.0.1:{server.port}", "--topic", "no.a", "--topic", "no.b", "--once")
    equal((done.returncode, "no.a: there is no such topic" in done.stderr), (1, True), done.stderr)
    equal("no.a" in run_station("topics", "--server", f"127.0.0.1:{server.port}").stdout, False, "it makes none")


@scenario()
def tail_ends_with_its_reader(server):
    address = f"127.0.0.1:{server.port}"
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        for whom in (("--server", address), ("--dir", folder)):
            equal(run_station("publish", *whom, "--topic", "read", "a").returncode, 0, "publish")
            reader, writer = os.pipe()
            with Program("tail", *whom, "--topic", "read", "--from", "beginning", stdout=writer) as tail:
                os.close(writer)
                equal(os.read(reader, 100), b"a\n", "the first event")
                os.close(reader)
                tail.wait(1)
                equal(tail.errors(), "station: standard output is closed\n", f"{whom} says so")


@scenario(bare=True)
def publish_that_retries_outlives_the_server():
    for kill in (signal.SIGTERM, signal.SIGKILL):
        with Place() as place:
            with place.server() as server:
                arguments = ("publish", "--server", place.address, "--topic", "t", "--retry")
                with Program(*arguments, stdin=subprocess.PIPE) as publisher:
                    def send(text):
                        publisher.process.stdin.write(text.encode() + b"\n")
                        publisher.process.stdin.flush()

                    send("a")
                    until(lambda: len(publisher.lines()) == 1, "a receipt")
                    server.send_signal(kill)
                    server.wait()
                    publisher.says("trying again")
                    check("twice" not in publisher.errors(), "nothing is in doubt: " + publisher.errors())
                    send("b")
                    with place.server():
                        publisher.says("connected again")
                        until(lambda: len(publisher.lines()) == 2, "another receipt")
                        send("c")
                        publisher.process.stdin.close()
                        publisher.wait(0)
                        equal([json.loads(line)["offset"] for line in publisher.lines()], [0, 1, 2], "the receipts")
                        equal(place.stored(), ["a", "b", "c"], "what is stored")


def waits_in(pipe):
    """Bytes that nobody has read."""
    room = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, room)
    return room[0]


@scenario(bare=True)
def what_was_not_acknowledged_is_sent_again_and_said_to_be_in_doubt():
    for texts, said in ((["b", "c"], "2 events were not acknowledged, are sent again, and may then be there twice"),
                        (["b", "c" * 300_000, "d"], "1 event was not acknowledged, is sent again, and may then be")):
        with Place() as place:
            with place.server() as server:
                arguments = ("publish", "--server", place.address, "--topic", "t", "--retry")
                with Program(*arguments, stdin=subprocess.PIPE) as publisher:
                    pipe = publisher.process.stdin
                    pipe.write(b"a\n")
                    pipe.flush()
                    until(lambda: len(publisher.lines()) == 1, "a receipt")
                    server.send_signal(signal.SIGSTOP)  # takes what is sent, answers nothing
                    os.waitid(os.P_PID, server.pid, os.WSTOPPED)  # all of its threads
                    pipe.write("".join(text + "\n" for text in texts).encode())
                    pipe.flush()
                    until(lambda: waits_in(pipe) == 0, "all is read")
                    server.send_signal(signal.SIGKILL)
                    server.wait()
                    publisher.says(said)
                    pipe.close()
                    with place.server():
                        publisher.wait(0)
                        equal(len(publisher.lines()), 1 + len(texts), "receipts")
                        equal(place.stored(), ["a", *texts], "what is stored")


@scenario()
def lines_are_refused_by_number_and_their_ends_dropped(server):
    address = f"127.0.0.1:{server.port}"
    text = b"a\r\n" + b"x" * ((1 << 20) + 1) + b"\nb\r\n\r\nlast\r"
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        for whom in (("--server", address), ("--dir", folder)):
            def publish(topic, *options):
                return subprocess.run([Settings.station, "publish", *whom, "--topic", topic, *options], input=text,
                                      capture_output=True, timeout=PATIENCE, check=False)

            def stored(topic):
                return subprocess.run([Settings.station, "replay", *whom, "--topic", topic], capture_output=True,
                                      timeout=PATIENCE, check=False).stdout

            found = publish("on", "--keep-going")
            equal(found.returncode, 1, f"{whom}: the status")
            equal(stored("on"), b"a\nb\n\nlast\n", f"{whom}: what is stored")
            said = found.stderr.decode().splitlines()
            equal(len(said), 2, f"{whom}: {said}")
            check(said[0].startswith("station: refused line 2: "), f"{whom} names the line: {said}")
            equal(said[1], "station: 1 line was refused; all others are stored", f"{whom}: the end")
            found = publish("cr", "--keep-going", "--keep-cr")
            equal(stored("cr"), b"a\r\nb\r\n\r\nlast\r\n", f"{whom}: with --keep-cr")
            found = publish("stop")
            equal(found.returncode, 1, f"{whom}: the status without --keep-going")
            check(stored("stop").startswith(b"a\n"), f"{whom}: what came before is stored")
            equal(len(found.stdout.splitlines()), len(stored("stop").splitlines()), f"{whom}: and said")
            check(found.stderr.startswith(b"station: refused line 2: "), f"{whom} names the line: {found.stderr}")


if __name__ == "__main__":
    main()
