"""Clients that publish through each door until the connection breaks, and write down in a ledger what was acknowledged."""
import collections
import http.client
import json
import random
import socket
import subprocess
import threading
import time

from harness import PATIENCE  # first: it leads to tests/support
import web_socket
from ledger import Sender
from web_socket import ACK



class Producer(Sender):
    """Publishes numbered events, in bursts."""

    def __init__(self, name, topic, seed, largest_burst, sizes=(0, 1, 50, 400, 3000)):
        super().__init__(name)
        self.topic = topic
        self.rng = random.Random(seed)
        self.largest_burst = largest_burst
        self.sizes = sizes
        self.made = 0
        self.refused = []   # what the station said where it did not acknowledge
        self.problem = None
        self.again = []
        self.thread = None
        self.limit = None   # of events in this run

    def start(self, addresses):
        self.again = self.begin_run()
        self.refused = []
        self.waiting = collections.deque(self.again)
        self.thread = threading.Thread(target=self._run, args=(addresses,), daemon=True)
        self.thread.start()

    def join(self):
        if self.thread is not None:
            self.thread.join(PATIENCE)
            self.thread = None

    def forget(self):
        """Nothing of it matters any more: the folder is a new one."""
        self.sent, self.acknowledged = [], []

    def _run(self, addresses):
        try:
            self.talk(addresses)
        except (OSError, EOFError, http.client.HTTPException):
            pass  # killed
        except Exception as error:  # an answer that is none
            self.problem = error

    def burst(self):
        """What is to be sent now: (its place, payload). It counts as sent from here on, whether it gets out or not."""
        payloads = []
        for _ in range(self.rng.randint(1, self.largest_burst)):
            if self.waiting:
                payloads.append(self.waiting.popleft())
            else:
                payloads.append(self.payload())
                self.made += 1
        first = len(self.sent)
        self.sent += payloads
        return list(enumerate(payloads, first))

    def payload(self):
        return f"{self.name} {self.made} " + "x" * self.rng.choice(self.sizes)

    def done(self, offset, place):
        self.acknowledge(offset, place, time.monotonic())


class Lines(Producer):
    """JSON lines, the events of the course's steps."""

    def payload(self):
        return json.dumps({"user": self.name, "action": "buy", "amount": self.made + 1})

    def talk(self, addresses):
        with socket.create_connection(addresses["lines"], PATIENCE) as connection, connection.makefile("rb") as replies:
            while True:
                burst = self.burst()
                connection.sendall("".join(payload + "\n" for _, payload in burst).encode())
                for place, _ in burst:
                    line = replies.readline()
                    if not line.endswith(b"\n"):
                        raise EOFError
                    reply = json.loads(line)
                    if reply.get("status") == "accepted":
                        self.done(reply["offset"], place)
                    else:
                        self.refused.append(reply)
                        time.sleep(0.002)


class Http(Producer):
    def talk(self, addresses):
        connection = http.client.HTTPConnection(*addresses["web"], timeout=PATIENCE)
        try:
            while True:
                (place, payload), = self.burst()
                connection.request("POST", f"/api/topics/{self.topic}/events", payload)
                answer = connection.getresponse()
                body = json.loads(answer.read())
                if answer.status == 201:
                    self.done(body["offset"], place)
                else:
                    self.refused.append(body)
                    time.sleep(0.002)
        finally:
            connection.close()


class WebSocketClient(web_socket.Client):
    def __init__(self, address):
        super().__init__(address, PATIENCE)


class WebSocket(Producer):
    def talk(self, addresses):
        with WebSocketClient(addresses["web"]) as client:
            opened = client.ask(type="open", topic=self.topic)
            if "stream" not in opened:
                self.refused.append(opened)
                return
            stream = opened["stream"]
            while True:
                burst = collections.deque(self.burst())
                client.publish(stream, *(payload.encode() for _, payload in burst))
                while burst:
                    for kind, _, offset, payload in client.message_frames():
                        place, _ = burst.popleft()
                        if kind == ACK:
                            self.done(offset, place)
                        else:
                            self.refused.append(json.loads(payload))
                            time.sleep(0.002)


class TopicMaker(Producer):
    """Makes topics one after the other, which replaces the bus's list of them, and publishes one event to each."""

    def talk(self, addresses):
        connection = http.client.HTTPConnection(*addresses["web"], timeout=PATIENCE)
        try:
            while self.made < 900:
                (place, payload), = self.burst()
                connection.request("POST", f"/api/topics/{payload.split()[1]}/events", payload)
                answer = connection.getresponse()
                body = json.loads(answer.read())
                if answer.status == 201:
                    self.done(body["offset"], place)
                else:
                    self.refused.append(body)
                    self.was_refused(payload)
                time.sleep(0.001)
        finally:
            connection.close()

    def payload(self):
        return f"{self.name} made-{self.made} "

    def was_refused(self, payload):
        pass


class StubbornTopicMaker(TopicMaker):
    """Asks again for topics that were refused, in another order than before; their names sort in a third one."""

    def payload(self):
        return f"{self.name} made-{self.rng.getrandbits(32):08x}-{self.made} "

    def was_refused(self, payload):
        self.waiting.insert(self.rng.randint(0, len(self.waiting)), payload)

    def burst(self):
        hold_back = self.waiting and len(self.waiting) < 6 and self.rng.random() < 0.5
        held, self.waiting = (self.waiting, collections.deque()) if hold_back else (None, self.waiting)
        try:
            return super().burst()
        finally:
            if held is not None:
                self.waiting = held


class Embedded(Producer):
    """`station publish` on a folder: the library in a process of its own, which is killed with it."""

    def __init__(self, name, topic, seed, station, *options):
        super().__init__(name, topic, seed, 20, sizes=(0, 1, 30, 150, 400))
        self.station, self.options = station, options
        self.process = None

    def start_on(self, data, prefix=(), environment=None):
        self.again = self.begin_run()
        self.waiting = collections.deque(self.again)
        self.process = subprocess.Popen(
            [*prefix, self.station, "publish", "--dir", data, "--topic", self.topic, *self.options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        self.thread = threading.Thread(target=self._feed, daemon=True)
        self.thread.start()

    def _feed(self):
        try:
            while True:
                burst = self.burst()
                self.process.stdin.write("".join(payload + "\n" for _, payload in burst).encode())
                self.process.stdin.flush()
        except (OSError, ValueError):
            pass

    def read(self, wanted):
        """Acknowledgements, up to so many."""
        while len(self.acknowledged) < wanted:
            line = self.process.stdout.readline()
            if not line.endswith(b"\n"):
                raise EOFError(self.process.stderr.read().decode())
            self.done(json.loads(line)["offset"], len(self.acknowledged))

    def kill(self):
        self.process.kill()
        # What it said before it died counts, too; half a line does not.
        for line in self.process.stdout.read().splitlines(keepends=True):
            if line.endswith(b"\n"):
                self.done(json.loads(line)["offset"], len(self.acknowledged))
        self.process.wait()
        self.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass
