"""The page of curves as data, for growth_page: sections, figures, and what each of them shows in a sentence."""
import tables

TITLES = {"deliveries": "One topic, many who read it", "topics": "Publishing over many topics",
          "events": "Many events in one topic", "payload": "Larger events"}
LEADS = {
    "deliveries": "Every subscriber has a WebSocket and a cursor of its own, reads all, and finds out where an event is "
                  "missing. At a fixed rate all of them together get about 20,000 events a second.",
    "topics": "One client with 1,000 publishes in flight, over the topics in turn. always: on disk before it is answered; "
              "os: written.",
    "events": "Events of 16 bytes in one topic of the log. Looked up by a process that has just opened the folder: its own "
              "caches are cold, the system's page cache is warm.",
    "payload": "One client with up to 1,000 publishes in flight, 64 MB of them at most.",
}
COLORS = ("blue", "orange", "green", "purple", "red", "sky")


def axis(label, unit=""):
    return {"label": label, "unit": unit}


def series(name, color, points, x, y, factor=1.0):
    """A point that is not above zero has no place on a logarithmic axis."""
    return {"name": name, "color": color,
            "points": [[point[x], point[y] * factor] for point in points if point[y] > 0]}


def by_threads(points, names, x, factor=1.0):
    """A line for each quantity and each number of threads."""
    lines = []
    for threads in sorted({point.get("threads", 1) for point in points}):
        of = [point for point in points if point.get("threads", 1) == threads]
        suffix = "" if "threads" not in points[0] else f", {threads} thread" + ("s" if threads > 1 else "")
        for y, name in names:
            line = series(name + suffix, COLORS[len(lines) % len(COLORS)], of, x, y, factor)
            if line["points"]:
                lines.append(line)
    return lines


def ends(line, unit):
    first, last = line["points"][0], line["points"][-1]
    return f"{tables.number(first[1])} {unit} at {first[0]:,}, {tables.number(last[1])} {unit} at {last[0]:,}"


def figure(name, title, about, x, y, lines):
    says = f"{lines[0]['name']}: {ends(lines[0], y['unit'])}" if lines else "Nothing was measured"
    return {"id": name, "title": title, "about": about, "says": says, "x": x, "y": y, "series": lines}


def deliveries(points):
    x = axis("subscribers")
    return [
        figure("deliveries-full", "Processor time of a delivery at full rate",
               "The server's own time, user and system, divided by what was delivered. What publishing costs is in it, so "
               "that with few subscribers each delivery pays more of it.", x, axis("processor time", "us"),
               by_threads(points, [("full_per_delivery_us", "full rate")], "subscribers")),
        figure("deliveries-fixed", "Processor time of a delivery at a fixed rate",
               "Less what the same publishing costs without any subscriber.", x, axis("processor time", "us"),
               by_threads(points, [("without_publishing_us", "a delivery")], "subscribers")),
        figure("deliveries-latency", "From when an event was due to its delivery",
               "One event goes to all of them, one after the other: its last reader waits for all others.", x,
               axis("latency", "ms"), by_threads(points, [("p50_us", "p50"), ("p99_us", "p99")], "subscribers", 1e-3)),
        figure("deliveries-memory", "Memory of a subscriber",
               "The most that was resident while all read, less what the server had without them. The kernel's socket "
               "buffers are not in it.", x, axis("memory", "bytes"),
               by_threads(points, [("memory_bytes", "a subscriber")], "subscribers")),
    ]


def topics(points):
    points = tables.completed("topics", points)
    x = axis("topics")
    quantities = [("always", "always"), ("os", "os")]
    return [
        figure("topics-cost", "Processor time of an event", "The server's, user and system.", x,
               axis("processor time", "us"),
               by_threads(points, [(f"{key}_per_event_us", name) for key, name in quantities], "topics")),
        figure("topics-rate", "Events a second", "The same number in flight, over more and more topics.", x,
               axis("rate", "1/s"), by_threads(points, [(f"{key}_rate", name) for key, name in quantities], "topics")),
        figure("topics-start", "Start, stop, and one topic more", "A start ends when the server listens, a stop when it has "
               "gone; a topic is made with its first event, by HTTP.", x, axis("time", "s"),
               by_threads([point for point in points if point["threads"] == points[0]["threads"]],
                          [("start_seconds", "start"), ("stop_seconds", "stop"), ("made_seconds", "one more")], "topics")),
        figure("topics-memory", "Memory of the server", "Resident after the load.", x, axis("memory", "MB"),
               by_threads(points, [("resident_bytes", "resident")], "topics", 1e-6)),
    ]


def events(points):
    x = axis("events")
    return [
        figure("events-start", "A start", "Until the server listens.", x, axis("time", "s"),
               by_threads(points, [("start_clean_seconds", "after a clean end"), ("start_killed_seconds", "after a kill")],
                          "events")),
        figure("events-look-up", "A look-up", "Half of the look-ups took no longer.", x, axis("time", "us"),
               by_threads(points, [("offset_p50_us", "by offset"), ("time_p50_us", "by time"), ("id_p50_us", "by id")],
                          "events")),
        figure("events-bytes", "Memory and disk", "What the served folder takes.", x, axis("bytes", "MB"),
               by_threads(points, [("disk_bytes", "on disk"), ("memory_bytes", "memory")], "events", 1e-6)),
    ]


def payload(points):
    x = axis("payload", "bytes")
    return [
        figure("payload-events", "Events a second", "Small events are limited by work, large ones by bytes.", x,
               axis("rate", "1/s"), by_threads(points, [("os_rate", "os"), ("always_rate", "always")], "size")),
        figure("payload-bytes", "Bytes a second", "The payloads' alone.", x, axis("rate", "MB/s"),
               by_threads(points, [("os_bytes", "os"), ("always_bytes", "always")], "size", 1e-6)),
    ]


DRAW = {"deliveries": deliveries, "topics": topics, "events": events, "payload": payload}


def page(results):
    sections = [{"id": row, "title": TITLES[row], "lead": LEADS[row], "figures": draw(results["rows"][row]),
                 "command": f"./dev bench --growth --only {row}"}
                for row, draw in DRAW.items() if results["rows"].get(row)]
    bent = [f"{what} ({threads} thread{'s' if threads > 1 else ''}): {ratio:.1f} times"
            for _, threads, what, ratio in tables.verdicts(results["rows"]) if ratio > tables.FLAT]
    lead = "Nothing bends: the dearest point of each curve is within 1.5 times its cheapest." if not bent else \
        "Where a curve bends, its dearest point against its cheapest: " + "; ".join(bent) + "."
    return {"title": "Where one machine ends", "lead": lead, "sections": sections, "machine": results["machine"]}
