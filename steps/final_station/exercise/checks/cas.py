"""Exercise cas: eight tellers of the station at one account of a real ledger, which the reference reads afterwards."""

import json

from .bench import Failed

SOURCE = "station/ledger/store/update.cpp"
SHORT = "0.5"  # seconds
NO_END = "8"   # of the tellers' own; the bench gives up before


def pay_out(bench, cents, seconds):
    """Tellers take cent by cent, each order given twice: what they say, and what is left behind each event."""
    folder = bench.folder / "bank"
    done = bench.run("ledger", "bench", "--only", "tellers", "--dir", folder, "--durability", "os",
                     "--seconds", seconds, "--events", cents, "--json")
    if not done.stdout:
        raise Failed(f"the tellers gave up: {done.stderr.decode('utf-8', 'replace').strip()}",
                     f"Look at what ends the loop in {SOURCE}")
    said = json.loads(done.stdout)
    read = bench.run("ledger", "stream", said["account"], "--dir", folder / "tellers", "--json", by=bench.reference)
    if read.returncode != 0:
        raise Failed(f"the reference can't read the account: {read.stderr!r}", "Look at the commands of the trace")
    return said, [json.loads(line)["payload"]["left"] for line in read.stdout.splitlines()]


def no_update_is_lost(bench):
    said, left = pay_out(bench, 1_000_000, SHORT)
    for sequence, (before, after) in enumerate(zip(left, left[1:]), 1):
        if after != before - 1:
            raise Failed(f"a lost update: event {sequence} of {said['account']} leaves {after:,} cents, and the one "
                         f"before it left {before:,}: it was decided about what another teller had changed meanwhile",
                         f"Make the append depend on what was read, in {SOURCE}")
    return f"{len(left) - 1:,} events, {said['decisions_per_update']} decisions each"


def an_order_counts_once(bench):
    said, left = pay_out(bench, 1_000_000, SHORT)
    if len(left) - 1 != said["answered"]:
        raise Failed(f"{said['answered']:,} orders were given, each of them twice, and {len(left) - 1:,} are booked",
                     f"Give every try of an order the order's key, and look whether it is there, in {SOURCE}")
    return f"{said['answered']:,} orders"


def the_last_cent(bench):
    cents = 100
    said, left = pay_out(bench, cents, NO_END)
    if said["left"] != 0 or len(left) - 1 != cents or said["refused"] != said["tellers"]:
        raise Failed(f"of {cents} cents {len(left) - 1} were paid out, one an event, {said['left']} are left, and "
                     f"{said['refused']} of {said['tellers']} tellers were refused in the end",
                     f"A refusal ends the order, and nothing is appended: look in {SOURCE}")
    return f"{cents} cents, {said['refused']} refusals"


CHECKS = (
    ("cas.no-update-is-lost", no_update_is_lost),
    ("cas.an-order-counts-once", an_order_counts_once),
    ("cas.the-last-cent", the_last_cent),
)
