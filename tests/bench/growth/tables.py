"""What was measured, as Markdown tables, and whether a curve is flat."""
FLAT = 1.5          # the most that a delivery or an event may cost against the cheapest point of its curve
DISTURBED = 0.3     # processors that others used


def number(value):
    """Three digits, and all of them from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def size(value):
    for unit, of in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= of:
            return f"{number(value / of)} {unit}"
    return f"{number(value)} B"


def whole(value):
    return f"{value:,}"


def scaled(factor):
    return lambda value: number(value * factor)


COLUMNS = {
    "deliveries": [
        ("threads", "threads", whole), ("subscribers", "subscribers", whole),
        ("per_delivery_us", "µs a delivery", number), ("without_publishing_us", "less its publishing", number),
        ("p50_us", "p50 ms", scaled(1e-3)), ("p99_us", "p99 ms", scaled(1e-3)),
        ("full_per_delivery_us", "full rate: µs", number), ("full_rate", "deliveries/s", number),
        ("memory_bytes", "memory each", size)],
    "topics": [
        ("threads", "threads", whole), ("topics", "topics", whole), ("always_per_event_us", "always: µs an event", number),
        ("always_rate", "events/s", number), ("os_per_event_us", "os: µs an event", number),
        ("os_rate", "events/s", number), ("memory_each", "memory each", size),
        ("descriptors", "descriptors", whole), ("tasks", "its threads", whole), ("start_seconds", "start s", number),
        ("stop_seconds", "stop s", number), ("made_seconds", "one more, ms", scaled(1e3))],
    "events": [
        ("events", "events", whole), ("start_clean_seconds", "start s", number),
        ("start_killed_seconds", "killed: s", number), ("offset_p50_us", "by offset: p50 µs", number),
        ("offset_p99_us", "p99", number), ("time_p50_us", "by time: p50 µs", number), ("time_p99_us", "p99", number),
        ("id_p50_us", "by id: p50 µs", number), ("id_p99_us", "p99", number), ("memory_bytes", "memory", size),
        ("disk_bytes", "on disk", size)],
    "payload": [
        ("size", "bytes", whole), ("window", "in flight", whole), ("always_rate", "always: events/s", number),
        ("always_bytes", "bytes/s", size), ("always_per_event_us", "µs an event", number),
        ("os_rate", "os: events/s", number), ("os_bytes", "bytes/s", size), ("os_per_event_us", "µs an event", number)],
}

# What should be flat, along what, and from where on: one subscriber's delivery pays for a whole publish.
CURVES = [
    ("deliveries", "subscribers", "without_publishing_us", "a delivery at a fixed rate, less its publishing", 1),
    ("deliveries", "subscribers", "full_per_delivery_us", "a delivery at full rate", 10),
    ("topics", "topics", "always_per_event_us", "an event, always", 1),
    ("topics", "topics", "os_per_event_us", "an event, os", 1),
    ("topics", "topics", "made_seconds", "to make one more topic", 1),
    ("events", "events", "offset_p50_us", "a look-up by offset", 1),
    ("events", "events", "time_p50_us", "a look-up by time", 1),
    ("events", "events", "id_p50_us", "a look-up by id", 1),
]


def completed(row, points):
    """With what follows from the other points: a topic's memory is what it adds to a server of one."""
    if row != "topics":
        return points
    least = {point["threads"]: point["resident_bytes"] for point in reversed(points)}
    return [{**point, "memory_each": max(0, point["resident_bytes"] - least[point["threads"]]) / max(1, point["topics"] - 1)}
            for point in points]


def spread(points, key):
    """The dearest point of a curve against its cheapest."""
    values = [point[key] for point in points if point[key] > 0]
    return max(values) / min(values) if values else 1.0


def verdicts(rows):
    """(row, threads, what, ratio) of each curve that should be flat."""
    found = []
    for row, along, key, what, first in CURVES:
        for threads in sorted({point.get("threads", 1) for point in rows.get(row, [])}):
            points = [it for it in rows[row] if it.get("threads", 1) == threads and it[along] >= first]
            if len(points) > 1:
                found.append((row, threads, what, spread(points, key)))
    return found


def table(row, points):
    columns = COLUMNS[row]
    lines = ["| " + " | ".join(head for _, head, _ in columns) + " |", "|" + " ---: |" * len(columns)]
    for point in completed(row, points):
        cells = [shown(point[key]) for key, _, shown in columns]
        if point.get("others", 0) > DISTURBED:
            cells[1 if columns[0][0] == "threads" else 0] += " \\*"
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def fits(row, points):
    """False of what another version of this program has kept."""
    try:
        table(row, points)
    except KeyError:
        return False
    return True


def verdict_table(rows):
    lines = [f"| what should be flat within {FLAT} × | threads | dearest against cheapest | |", "| --- | ---: | ---: | --- |"]
    for _, threads, what, ratio in verdicts(rows):
        lines.append(f"| {what} | {threads} | {ratio:.2f} × | {'flat' if ratio <= FLAT else '**bends**'} |")
    return "\n".join(lines)
