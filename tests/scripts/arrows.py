#!/usr/bin/env python3
"""Fails where an #include runs against the arrows of docs/architecture.md, whose table is the rule.

    tests/scripts/arrows.py [--root REPOSITORY]
"""
import argparse
import graphlib
import os
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
HOUSE = ("common/station", "steps", "loadgen")
# By the first part of what is included; what is neither here nor a file of the house is C++'s or the system's own.
LIBRARIES = {"asio.hpp": "asio", "asio": "asio", "moodycamel": "moodycamel", "nlohmann": "nlohmann", "tl": "tl",
             "isa-l": "isa-l", "http_parser.h": "http_parser", "wslay": "wslay", "CLI": "CLI", "spdlog": "spdlog",
             "fmt": "spdlog", "zlib.h": "zlib", "netinet": "sockets", "arpa": "sockets", "netdb.h": "sockets",
             "blake3.h": "blake3", "sodium.h": "sodium", "roaring": "roaring", "sqlite3.h": "sqlite", "curl": "curl",
             "nats": "nats"}
SOCKETS = {"sys/socket.h", "sys/un.h"}


def table(page, first_heading):
    """The rows of the table whose first column has this heading, as lists of cells."""
    lines = page.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith(f"| {first_heading} |"))
    rows = []
    for line in lines[begin + 2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def names(cell):
    return [name.strip(" `") for name in cell.split(",") if name.strip()]


class House:
    def __init__(self, root):
        self.root = root
        page = (root / "docs/architecture.md").read_text(encoding="utf-8")
        self.rooms = {names(row[0])[0]: (names(row[1]), names(row[2])) for row in table(page, "room")}
        self.folders = {room for room in self.rooms if (root / room).is_dir()}
        self.wrong = []

    def row(self, path, among=None):
        """The longest row that the path begins with."""
        rows = self.rooms if among is None else among
        return max((row for row in rows if path == row or path.startswith(row + "/")), key=len, default=None)

    def room(self, path):
        """The same, but a folder: a row for one file takes nothing out of the room it stands in."""
        return self.row(path, self.folders)

    def resolve(self, path, included):
        """Which file of the house it is, or None."""
        for base in (path.parent, self.root / "common", self.root / "steps/final_station", self.root):
            found = pathlib.Path(os.path.normpath(base / included))
            if found.is_file() and self.root in found.parents:
                return str(found.relative_to(self.root))
        return None

    def may(self, file, target):
        if self.room(file) == self.room(target):
            # What one file alone may take in, its room does not get by including that file.
            return self.row(target) in (self.room(target), self.row(file))
        return os.path.basename(self.room(target) or "") in self.rooms.get(self.row(file), ([], []))[0]

    def look_at(self, path):
        shown = str(path.relative_to(self.root))
        row = self.row(shown) or "what is in no room"
        text = path.read_text(encoding="utf-8")
        for included in (quoted or angled for quoted, angled in INCLUDE.findall(text)):
            target = self.resolve(path, included)
            if target is None:
                what = "sockets" if included in SOCKETS else LIBRARIES.get(included.partition("/")[0])
                is_right = what is None or what in self.rooms.get(row, ([], []))[1]
            else:
                what = self.row(target) or "what is in no room"
                is_right = self.may(shown, target)
            if not is_right:
                self.wrong.append(f"{shown} includes {included}: {row} may not take in {what}")

    def floors(self):
        """The rooms, lowest first, each with the rooms within it; a circle of arrows is an error."""
        arrows = {}
        for row, (named, _) in self.rooms.items():
            house = self.room(row) or row
            outer = next((one for one in self.folders if house.startswith(one + "/") and one != "steps"), house)
            arrows.setdefault(os.path.basename(outer), set()).update(
                name for name in named if not any(one.endswith(f"{outer}/{name}") for one in self.folders))
            arrows[os.path.basename(outer)].discard(os.path.basename(outer))
        return list(graphlib.TopologicalSorter(arrows).static_order())

    def check(self):
        files = [path for top in HOUSE for path in sorted((self.root / top).rglob("*.[ch]pp"))]
        for path in files:
            self.look_at(path)
        for row in self.rooms:
            if not (self.root / row).exists():
                self.wrong.append(f"{row} is a row of docs/architecture.md, but neither a file nor a folder")
        try:
            self.floors()
        except graphlib.CycleError as error:
            self.wrong.append(f"the arrows of docs/architecture.md run in a circle: {' → '.join(error.args[1])}")
        return len(files)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent.parent)
    house = House(parser.parse_args().root.resolve())
    files = house.check()
    print("\n".join(house.wrong or [f"{files} files, {len(house.rooms)} rooms: no arrow runs back"]))
    return 1 if house.wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
