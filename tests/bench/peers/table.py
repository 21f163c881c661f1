"""What was measured, as one Markdown table."""
from statistics import median

HEAD = ["what", "server", "events/s", "from … to", "p50 µs", "p99 µs", "client CPU", "server CPU", "others' CPU",
        "ratio (aim)"]


def middle(rounds, quantity):
    return median(result[quantity] for result in rounds)


def ratio(aim, results):
    """The median of the rounds' ratios: both sides of a ratio come from one round. None where one was not measured."""
    of, to = results.get((aim.row, aim.of)), results.get((aim.row, aim.to))
    if not of or not to:
        return None
    return median(a[aim.quantity] / b[aim.quantity] for a, b in zip(of, to))


def holds(aim, value):
    return value >= aim.bound if aim.quantity == "rate" else value <= aim.bound


def describe(aim, value):
    which, least = {"rate": ("", "at least"), "p99_us": ("p99 ", "at most"),
                    "server_us": ("processor time ", "at most")}[aim.quantity]
    missed = "" if holds(aim, value) else ", **missed**"
    return f"{which}{value:.2f} × {aim.to} ({least} {aim.bound:g}{missed})"


def cell_line(cell, rounds, ratios):
    rates = [result["rate"] for result in rounds]
    timed = cell.row != "replay"
    latency = [f"{middle(rounds, quantity):,.0f}" if timed else "" for quantity in ("p50_us", "p99_us")]
    processors = [f"{middle(rounds, quantity):.2f}" for quantity in ("client_cpu", "server_cpu", "other_cpu")]
    mark = " \\*" if any(result["disturbed"] for result in rounds) else ""
    return [cell.row, cell.name + mark, f"{median(rates):,.0f}", f"{min(rates):,.0f} … {max(rates):,.0f}", *latency,
            *processors, "; ".join(ratios)]


def table(cells, aims, results):
    """`results`: a list of rounds for each cell's key."""
    lines = [HEAD, ["---", "---", *["---:"] * 7, "---"]]
    for cell in cells:
        rounds = results.get(cell.key)
        if not rounds:
            continue
        own = [(aim, ratio(aim, results)) for aim in aims if (aim.row, aim.of) == cell.key]
        lines.append(cell_line(cell, rounds, [describe(aim, value) for aim, value in own if value is not None]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
