"""A server under load through its three doors, as `kill` and `power-cut` break it."""
import time

from doors import Http, Lines, WebSocket
from harness import PATIENCE, check, until
from ledger import Topic
from server import look_back


class Load:
    """JSON lines to one topic; two WebSockets and HTTP to another."""

    def __init__(self, rng, more=()):
        self.producers = [
            Lines("lines", "events", rng.random(), 40),
            WebSocket("websocket", "shared", rng.random(), 60),
            WebSocket("single", "shared", rng.random(), 1),
            Http("http", "shared", rng.random(), 1),
            *more,
        ]
        self.topics = {}

    def new_folder(self):
        self.topics = {}
        for producer in self.producers:
            producer.forget()

    def start(self, server, producers=None):
        self.began = time.monotonic()
        for producer in producers or self.producers:
            producer.start(server.addresses)

    def acknowledged(self):
        return sum(len(producer.acknowledged) for producer in self.producers)

    def wait(self, wanted, server):
        until(lambda: self.acknowledged() >= wanted or server.process.poll() is not None or
              any(producer.problem or producer.refused for producer in self.producers),
              f"{wanted} acknowledgements", PATIENCE, 0.0005)

    def join(self):
        for producer in self.producers:
            producer.join()
            check(producer.problem is None, producer.name, "was answered with", repr(producer.problem))

    def look(self, server, tally, may_lose=None):
        """Compares all topics with what was acknowledged since the last look."""
        there = server.topics()
        for name in sorted({producer.topic for producer in self.producers if producer.topic}):
            topic = self.topics.setdefault(name, Topic(name))
            senders = [producer for producer in self.producers if producer.topic == name]
            first = look_back(len(topic.payloads))
            events = server.events(name, first) if name in there else []
            if not events:
                first = 0 if not topic.payloads else first
            topic.look(events, first, senders, tally, may_lose)

    def sent_again(self):
        return sum(len(producer.again) for producer in self.producers)
