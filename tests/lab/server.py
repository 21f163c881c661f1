"""A running `station serve` on free ports, and what it holds."""
import http.client
import json

from harness import PATIENCE, Wrong, check  # first: it leads to tests/support
import station_server


class Server(station_server.Server):
    def __init__(self, run, data, *options, prefix=(), environment=None, preexec=None):
        super().__init__(run.station, data, "--log-level", "warning", *options, prefix=prefix, environment=environment,
                         preexec=preexec)

    def open(self):
        try:
            return super().open()
        except station_server.NotStarted as failed:
            raise Wrong(str(failed)) from None

    @property
    def addresses(self):
        return {"web": ("127.0.0.1", self.port), "lines": ("127.0.0.1", self.line_port)}

    def get(self, target):
        return self._ask("GET", target)

    def post(self, target, body):
        return self._ask("POST", target, body)

    def _ask(self, method, target, body=None):
        connection = http.client.HTTPConnection(*self.addresses["web"], timeout=PATIENCE)
        try:
            connection.request(method, target, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def topics(self):
        return {topic["name"]: topic for topic in json.loads(self.get("/api/topics")[1])}

    def events(self, topic, first=0):
        """(offset, payload) from `first` on."""
        status, body = self.get(f"/api/topics/{topic}/events?from=offset:{first}")
        check(status in (200, 404), f"{topic} can't be read: {status} {body[:300]!r}")
        lines = [json.loads(line) for line in body.splitlines()] if status == 200 else []
        broken = [line for line in lines if "payload" not in line]
        check(not broken, f"{topic} says {broken[:1]}")
        return [(line["offset"], line["payload"]) for line in lines]


def look_back(events_before):
    """Where to look again: a little of what was seen before, so that it is known to be still there."""
    return max(0, events_before - 50)
