"""What is compared: the cells that are measured, and the ratios that are aimed at."""
from dataclasses import dataclass, field

from servers import Embedded, Floor, JetStream, Postgres, Redis, Server, Station, StationLines

BYTES = 128        # of an event
EVENT_BYTES = 200  # of an event's payload in a ledger, or in a table of events
STORED = 1_000_000  # events that a replay reads

# The station's JSON lines are events of the course, and kept as they come: this one is as long as the others' payloads.
EVENT_LINE = '{"user":"alice","action":"buy","amount":1,"note":"%"}'
LINE_ARGUMENTS = ["--line", EVENT_LINE, "--size", str(BYTES - (len(EVENT_LINE) - 1))]

REDIS = ["redis-streams"]
PUBSUB = ["redis-pubsub"]
JETSTREAM = ["jetstream"]
LINES = ["json-lines"]
WEBSOCKET = ["websocket"]
POSTGRES = ["postgres"]
LEDGER = ["ledger"]
SQLITE = ["sqlite"]


@dataclass
class Cell:
    row: str
    name: str
    server: Server
    client: list            # peers_client's arguments
    fill: list = field(default_factory=list)  # a run before it, not measured

    @property
    def key(self):
        return (self.row, self.name)


@dataclass
class Aim:
    """`of`'s figure divided by `to`'s."""

    row: str
    of: str
    to: str
    bound: float
    quantity: str = "rate"  # at least `bound`; of p99_us and server_us, the server's processor time an event: at most


def publish_row(connections, window, cells):
    row = f"publish, {connections:,} × {window:,} in flight"
    load = ["--connections", str(connections), "--window", str(window), "--seconds", "1"]
    return row, [Cell(row, name, server, [*protocol, "publish", *load]) for name, server, protocol in cells]


def append_row(connections, window):
    row = f"append, {connections:,} × {window:,} in flight, {EVENT_BYTES} bytes"
    load = ["--connections", str(connections), "--window", str(window), "--seconds", "1", "--size", str(EVENT_BYTES)]
    cells = [("PostgreSQL, synchronous_commit", Postgres(), POSTGRES), ("SQLite, synchronous=FULL", Embedded(), SQLITE),
             ("ledger, always", Embedded(), LEDGER)]
    return row, [Cell(row, name, server, [*protocol, "publish", *load]) for name, server, protocol in cells]


def replay_row(cells):
    row = "replay"
    fill = ["publish", "--connections", "1", "--window", "1000", "--events", str(STORED)]
    return row, [Cell(row, name, server, [*protocol, "replay", "--events", str(STORED)], [*protocol, *fill])
                 for name, server, protocol in cells]


def fanout_row(row, load, cells):
    load = ["--subscribers", "50", "--seconds", "1", *load]
    return row, [Cell(row, name, server, [*protocol, "fanout", *load]) for name, server, protocol in cells]


def durable():
    return [("Redis, always", Redis("always"), REDIS), ("floor, always", Floor("always"), LINES),
            ("station, always", Station("always"), WEBSOCKET)]


def live():
    return [("Redis Streams, everysec", Redis("everysec"), REDIS), ("Redis pub/sub, not stored", Redis("no"), PUBSUB),
            ("JetStream, no sync", JetStream(), JETSTREAM), ("floor, os", Floor("os"), LINES),
            ("floor, always", Floor("always"), LINES), ("station, always", Station("always"), WEBSOCKET),
            ("station, os", Station("os"), WEBSOCKET)]


def comparison():
    """All cells, and all aims."""
    many, many_cells = publish_row(1, 1000, [
        *durable(), ("Redis, everysec", Redis("everysec"), REDIS), ("JetStream, no sync", JetStream(), JETSTREAM),
        ("station, JSON lines, always", StationLines("always"), [*LINES, *LINE_ARGUMENTS])])
    aims = [Aim(many, "station, always", "Redis, always", 4), Aim(many, "station, always", "floor, always", 0.8),
            Aim(many, "station, always", "Redis, everysec", 1), Aim(many, "station, always", "JetStream, no sync", 1),
            Aim(many, "station, JSON lines, always", "Redis, always", 3.5)]
    cells = many_cells
    for connections, bounds in ((1000, {"floor": 0.95}), (256, {"Redis": 1.2, "floor": 0.95}),
                                (64, {"Redis": 1.2, "floor": 0.95}), (1, {"Redis": 1.15})):
        row, some = publish_row(connections, 1, durable())
        cells += some
        aims += [Aim(row, "station, always", f"{whom}, always", bound) for whom, bound in bounds.items()]

    for connections, window in ((64, 1), (1, 1000)):
        row, some = append_row(connections, window)
        cells += some
        aims += [Aim(row, "ledger, always", "PostgreSQL, synchronous_commit", 4),
                 Aim(row, "ledger, always", "SQLite, synchronous=FULL", 10)]

    row, some = replay_row([
        ("Redis, XRANGE COUNT 1000", Redis("everysec"), REDIS), ("JetStream, push consumer", JetStream(), JETSTREAM),
        ("floor, sendfile", Floor("os"), LINES), ("station, WebSocket", Station("os"), WEBSOCKET)])
    cells += some
    aims += [Aim(row, "station, WebSocket", "Redis, XRANGE COUNT 1000", 6),
             Aim(row, "station, WebSocket", "floor, sendfile", 0.5)]

    for window, of_pubsub in ((100, 1.5), (1000, 2.5)):
        row, some = fanout_row(f"fan-out to 50, full rate, {window:,} in flight", ["--window", str(window)], live())
        cells += some
        aims += [Aim(row, "station, always", "Redis Streams, everysec", 2),
                 Aim(row, "station, always", "Redis pub/sub, not stored", of_pubsub),
                 Aim(row, "station, always", "floor, always", 1), Aim(row, "station, os", "floor, os", 0.9)]
    row, some = fanout_row("fan-out to 50, 1,000/s", ["--window", "1000", "--rate", "1000"], live())
    cells += some
    aims += [Aim(row, "station, always", "Redis Streams, everysec", 0.8, "p99_us"),
             Aim(row, "station, always", "Redis pub/sub, not stored", 1.1, "p99_us"),
             Aim(row, "station, always", "Redis pub/sub, not stored", 1, "server_us")]
    return cells, aims
