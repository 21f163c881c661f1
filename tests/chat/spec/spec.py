#!/usr/bin/env python3
"""The chat's executable specification, held against its code:

    ./dev spec                 all that follows; fails where anything has drifted
    ./dev spec coverage        each requirement has a test, and that test ran
    ./dev spec budget          each p99 against the last measurement (build/chat/measured.json, of `./dev bench --chat`)
    ./dev spec who-calls NODE  what reaches a function or a type, by name or id: what a change of it may break
    ./dev spec consistency     ids, edges, guards and requirements fit together, and the code
    ./dev spec write           graph.jsonl again, from the code and annotations.jsonl

graph.jsonl is the public interface, derived from the code; annotations.jsonl says what the code can't (which gates a
command asks, its budget, which requirements it serves); requirements.jsonl names the tests of each requirement.
"""
import argparse
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import derive  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


class Spec:
    def __init__(self, args):
        self.build = ROOT / args.build
        self.clang = args.clang
        self.annotations = lines(HERE / "annotations.jsonl")
        self.requirements = lines(HERE / "requirements.jsonl")
        graph = HERE / "graph.jsonl"
        self.graph = lines(graph) if graph.exists() else []
        self.wrong = []

    def say(self, text):
        self.wrong.append(text)
        print(f"wrong: {text}")

    def nodes(self):
        return [one for one in self.graph if one["type"] == "Node"]

    def edges(self):
        return [one for one in self.graph if one["type"] == "Edge"]

    def derived(self):
        """The graph as the code has it now, with what the annotations add."""
        nodes, edges = derive.graph(ROOT, self.clang)
        tables = derive.gates(ROOT)
        functions = [node for node in nodes if node["kind"] == "Fn"]
        for note in self.annotations:
            named = [node for node in functions if node["name"] == note["name"]]
            if not named:
                self.say(f"annotations.jsonl: there is no function {note['name']}")
            if note.get("guards", "") and note["guards"] not in tables:
                self.say(f"annotations.jsonl: there is no table {note['guards']} in rules.cpp")
            for node in named:
                node.update({key: note[key] for key in ("p99_ms", "requirements") if key in note})
                if "guards" in note:
                    node["guards"] = tables.get(note["guards"], [])
        return nodes + edges

    def write(self):
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in self.derived())
        (HERE / "graph.jsonl").write_text(text, encoding="utf-8")
        print(f"{text.count(chr(10))} nodes and edges written")

    def drift(self):
        kept = {json.dumps(one, sort_keys=True) for one in self.graph}
        now = {json.dumps(one, sort_keys=True) for one in self.derived()}
        names = {one["id"]: one["name"] for one in map(json.loads, kept | now) if one["type"] == "Node"}
        for text, what in [(text, "in the code, not in the graph") for text in sorted(now - kept)] + [
                (text, "in the graph, not in the code") for text in sorted(kept - now)]:
            one = json.loads(text)
            shown = (f"{one['kind']} {one['name']} {one.get('signature', '')}" if one["type"] == "Node" else
                     f"{names.get(one['source'], one['source'])} {one['kind']} {names.get(one['target'], one['target'])}")
            self.say(f"{shown.strip()}: {what}; ./dev spec write where that is right")
        print(f"drift: {len(now)} nodes and edges of the code compared")

    def consistency(self):
        ids = [node["id"] for node in self.nodes()]
        for double in {one for one in ids if ids.count(one) > 1}:
            self.say(f"id {double} is there twice")
        for edge in self.edges():
            for end in ("source", "target"):
                if edge[end] not in set(ids):
                    self.say(f"an edge's {end} {edge[end]} is no node")
        known = {one["id"] for one in self.requirements}
        for note in self.annotations:
            for requirement in set(note.get("requirements", ())) - known:
                self.say(f"{note['name']} serves {requirement}, which is no requirement")
        tables = derive.gates(ROOT)
        for unused in set(tables) - {note.get("guards") for note in self.annotations}:
            self.say(f"no command is annotated with the gates {unused}")
        print(f"consistency: {len(ids)} nodes, {len(self.edges())} edges, {len(tables)} tables of gates")

    def ran(self):
        """Names of tests that have run in this build, and of those that failed last."""
        temporary = self.build / "Testing" / "Temporary"
        costs, failed = temporary / "CTestCostData.txt", temporary / "LastTestsFailed.log"
        ran = set()
        for line in costs.read_text().splitlines() if costs.exists() else ():
            if line == "---":
                break
            name, runs, _ = line.rsplit(" ", 2)
            if int(runs) > 0:
                ran.add(name)
        red = {line.partition(":")[2] for line in failed.read_text().splitlines()} if failed.exists() else set()
        return ran, red

    def coverage(self):
        listed = subprocess.run(["ctest", "--test-dir", str(self.build), "--show-only=json-v1"], capture_output=True,
                                text=True, check=True)
        known = {test["name"] for test in json.loads(listed.stdout)["tests"]}
        ran, red = self.ran()
        for requirement in self.requirements:
            if not requirement["tests"]:
                self.say(f"{requirement['id']} has no test")
            for test in requirement["tests"]:
                if test not in known:
                    self.say(f"{requirement['id']}: there is no test {test}")
                elif ran and test not in ran:
                    print(f"note: {test} ({requirement['id']}) has not run in this build")
                elif test in red:
                    self.say(f"{requirement['id']}: {test} failed when it ran last")
        cases = [one for one in lines(HERE / "cases.jsonl") if "case" in one]
        ids = {requirement["id"] for requirement in self.requirements}
        for case in cases:
            for unknown in set(case["shows"]) - ids:
                self.say(f"a case shows {unknown}, which is no requirement: {case['case']}")
        for gap in sorted(one for one in ids if one.startswith("REQ-GAP-")):
            if not any(gap in case["shows"] for case in cases):
                self.say(f"{gap} has no case")
        print(f"coverage: {len(self.requirements)} requirements, "
              f"{sum(len(one['tests']) for one in self.requirements)} tests named, {len(cases)} cases")

    def budget(self):
        path = self.build / "chat" / "measured.json"
        if not path.exists():
            print("budget: nothing was measured in this build")
            return
        measured = json.loads(path.read_text(encoding="utf-8"))
        compared = 0
        for node in self.nodes():
            took = measured.get(node["name"], {}).get("p99_ms")
            if "p99_ms" not in node or took is None:
                continue
            compared += 1
            if took > node["p99_ms"]:
                self.say(f"{node['name']}: p99 was {took} ms, {node['p99_ms']} are allowed")
        print(f"budget: {compared} measured")

    def who_calls(self, name):
        names = {node["id"]: node["name"] for node in self.nodes()}
        reached = {node["id"] for node in self.nodes() if name in (node["name"], node["id"])}
        if not reached:
            self.say(f"there is no node {name}")
        level, depth = reached, 0
        while level:
            for one in sorted(level, key=names.get):
                print("  " * depth + names[one])
            level = {edge["source"] for edge in self.edges() if edge["target"] in level} - reached
            reached |= level
            depth += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="all",
                        choices=("all", "coverage", "budget", "who-calls", "consistency", "drift", "write"))
    parser.add_argument("node", nargs="?")
    parser.add_argument("--build", default="build")
    parser.add_argument("--clang", default="clang++-16")
    args = parser.parse_args()
    if (args.what == "who-calls") != (args.node is not None):
        parser.error("who-calls takes one node, the others none")
    spec = Spec(args)
    if args.what == "who-calls":
        spec.who_calls(args.node)
    elif args.what == "all":
        spec.drift()
        spec.consistency()
        spec.coverage()
        spec.budget()
    else:
        getattr(spec, args.what)()
    return 1 if spec.wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
