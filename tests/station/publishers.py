"""Publishers through every door that go on until the server ends, and remember what was acknowledged."""

import json
import threading

from clients import EVENT, Http, Lines, fetch
from harness import Failure, check, until
from websocket import Closed, WebSocket


class Publisher(threading.Thread):
    """Publishes until the server says goodbye; keeps what was acknowledged."""

    def __init__(self, server, kind, number):
        super().__init__()
        self.server, self.kind = server, kind
        self.number = f"{server.pid}-{number}"  # payloads are unique beyond this server's life
        self.acknowledged = {}
        self.problem = None
        self.sent = 0

    def run(self):
        try:
            getattr(self, self.kind)()
        except (Closed, ConnectionError):
            pass
        except Failure as failure:
            if "ended" not in str(failure):
                self.problem = failure

    def frames(self):
        with WebSocket(self.server) as client:
            stream = client.open("load")
            while True:
                texts = [f"{self.number}-{self.sent + i}" for i in range(50)]
                self.sent += 50
                client.publish(stream, *(text.encode() for text in texts))
                for text in texts:
                    self.acknowledged[text] = client.ack(stream)

    def requests(self):
        with Http(self.server) as client:
            while True:
                text = f"{self.number}-{self.sent}"
                self.sent += 1
                response = client.ask("POST", "/api/topics/load/events", text.encode())
                if response.status == 201:
                    self.acknowledged[text] = json.loads(response.body)["offset"]
                if response.headers.get("connection") == "close":
                    return

    def lines(self):
        with Lines(self.server) as client:
            while True:
                answer = client.ask(type="publish", topic="load", payload=f"{self.number}-{self.sent}")
                if answer["type"] == "published":
                    self.acknowledged[f"{self.number}-{self.sent}"] = answer["offset"]
                self.sent += 1

    def events(self):
        with Lines(self.server) as client:
            while True:
                lines = [EVENT.replace("alice", f"{self.number}-{self.sent + i}") for i in range(20)]
                self.sent += 20
                client.send("".join(line + "\n" for line in lines).encode())
                for line in lines:
                    answer = client.reply()
                    if answer["status"] == "accepted":
                        self.acknowledged[line] = answer["offset"]


class Publishers:
    def __init__(self, server, each, least):
        kinds = ["frames", "requests", "lines", "events"] * each
        self.all = [Publisher(server, kind, number) for number, kind in enumerate(kinds)]
        for publisher in self.all:
            publisher.start()
        until(lambda: all(len(publisher.acknowledged) > least for publisher in self.all), "all publish")

    def acknowledged(self):
        """Once the server has ended: {payload: offset}. Payloads are unique."""
        found = {}
        for publisher in self.all:
            publisher.join()
            check(publisher.problem is None, f"{publisher.kind}: {publisher.problem}")
            found.update(publisher.acknowledged)
        return found


def start_publishers(server, each=2, least=100):
    return Publishers(server, each, least)


def stored_events(server):
    found = {}
    for topic in ("load", "events"):
        events = [json.loads(line) for line in fetch(server, "GET", f"/api/topics/{topic}/events").body.splitlines()]
        check([event["offset"] for event in events] == list(range(len(events))), f"offsets of {topic} without a gap")
        found.update({event["payload"]: event["offset"] for event in events})
    return found
