"""The chat's public interface as its code has it: what clang's AST says of namespace station::chat.

A graph of nodes {kind: Type, Fn or Trait} and edges {kind: Calls, Implements or Interacts}, the form of the source
document. A Trait is a class with a function that others must write; a Fn is public; it Calls what it reaches through
functions that are not, and Interacts with the Types that its signature names. A node's id is the BLAKE3 of its kind, name
and signature, so that whatever is changed has another one.
"""
import json
import pathlib
import re
import subprocess
import tempfile

FUNCTIONS = {"FunctionDecl", "CXXMethodDecl"}
# What is read with its bodies: all that decides. Of what shows, the declarations are there with it.
ROOMS = ("steps/final_station/chat", "steps/final_station/chat/model", "steps/final_station/chat/service")


def documents(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        while at < len(text) and text[at].isspace():
            at += 1
        if at < len(text):
            document, at = decoder.raw_decode(text, at)
            yield document


def ast(root, clang):
    sources = [path for room in ROOMS for path in sorted((root / room).glob("*.cpp"))]
    with tempfile.TemporaryDirectory() as folder:
        unity = pathlib.Path(folder) / "all.cpp"
        unity.write_text("".join(f'#include "{path}"\n' for path in sources))
        command = [clang, "-std=c++20", "-fsyntax-only", f"-I{root}/common", f"-I{root}/steps/final_station",
                   "-Xclang", "-ast-dump=json", "-Xclang", "-ast-dump-filter=station::chat", str(unity)]
        run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"clang does not compile the chat:\n{run.stderr[:4000]}")
    return documents(run.stdout)


class Reader:
    """Walks the AST once: what there is, by the ids that clang gives, and who calls whom."""

    def __init__(self):
        self.canonical = {}  # a later declaration's id -> the first one's
        self.functions = {}  # id -> {name, signature, public}
        self.types = {}  # qualified name -> {bases, trait, definition}
        self.calls = {}  # id of a function -> ids of what it calls

    def first(self, identity):
        while identity in self.canonical:
            identity = self.canonical[identity]
        return identity

    def read(self, node, scope=(), public=True, hidden=False):
        kind = node.get("kind")
        if kind == "NamespaceDecl":
            inside = scope if node.get("name") == "chat" else scope + (node.get("name", ""),)
            for child in node.get("inner", ()):
                self.read(child, inside, True, hidden or "name" not in node or node["name"] == "detail")
        elif kind == "CXXRecordDecl" and node.get("completeDefinition") and "name" in node:
            self.read_record(node, scope, public, hidden)
        elif kind == "EnumDecl" and "name" in node and public and not hidden:
            self.types.setdefault("::".join(scope + (node["name"],)), {"bases": [], "trait": False})
        elif kind == "FunctionTemplateDecl":
            # The first is what was written, the others what it became for some types.
            forms = [child for child in node.get("inner", ()) if child.get("kind") in FUNCTIONS]
            for form in forms[:1]:
                self.read_function(form, scope, public, hidden)
            for form in forms[1:]:
                self.canonical[form["id"]] = forms[0]["id"]
                self.collect(form, self.calls[self.first(forms[0]["id"])])
        elif kind in FUNCTIONS:
            self.read_function(node, scope, public, hidden)

    def read_record(self, node, scope, public, hidden):
        name = scope + (node["name"],)
        members = node.get("inner", ())
        if public and not hidden:
            bases = [base["type"]["qualType"] for base in node.get("bases", ())]
            self.types["::".join(name)] = {"bases": bases, "trait": any(child.get("pure") for child in members)}
        access = node.get("tagUsed") == "struct"
        for child in members:
            if child.get("kind") == "AccessSpecDecl":
                access = child.get("access") == "public"
            else:
                self.read(child, name, public and access, hidden)

    def read_function(self, node, scope, public, hidden):
        if "previousDecl" in node:
            self.canonical[node["id"]] = node["previousDecl"]
        identity = self.first(node["id"])
        operator = node.get("name", "").startswith("operator")
        known = self.functions.setdefault(identity, {"name": "::".join(scope + (node["name"],)),
                                                     "signature": node["type"]["qualType"],
                                                     "public": public and not hidden and not operator
                                                     and not node.get("isImplicit")})
        self.collect(node, self.calls.setdefault(identity, set()))

    def collect(self, node, calls):
        for child in node.get("inner", ()):
            referenced = child.get("referencedMemberDecl") or child.get("referencedDecl", {}).get("id")
            if referenced and child.get("kind") in ("MemberExpr", "DeclRefExpr"):
                calls.add(referenced)
            self.collect(child, calls)

    def reached(self, identity):
        """The public functions that this one calls, itself or through others that are not public."""
        found, seen, waiting = set(), set(), [identity]
        while waiting:
            for called in (self.first(one) for one in self.calls.get(waiting.pop(), ())):
                if called in seen or called not in self.functions:
                    continue
                seen.add(called)
                if self.functions[called]["public"]:
                    found.add(called)
                else:
                    waiting.append(called)
        return found - {identity}


def hashes(texts):
    """BLAKE3 of each, by b3sum."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            paths.append(pathlib.Path(folder) / f"{number:06d}")
            paths[-1].write_text(text, encoding="utf-8")
        out = subprocess.run(["b3sum", "--no-names", *map(str, paths)], capture_output=True, text=True, check=True)
    return [line[:32] for line in out.stdout.split()]


def gates(root):
    """The gates of each table of rules.cpp, in the order in which they are asked."""
    text = (root / "steps/final_station/chat/service/rules.cpp").read_text(encoding="utf-8")
    rule = r'\{\s*"([a-z_]+)",\s*(?:"([a-z_]+)"|(kExists)),'
    named = {name: found[0] for name, *found in re.findall(r"constexpr Rule<\w> (k\w+)" + rule, text)}
    tables = {}
    for name, body in re.findall(r"& (rules_to_\w+)\(\) \{\n\s*static const auto rules =\s*table<\w>\(\{(.*?)\}\);\n", text,
                                 re.DOTALL):
        found = re.finditer(rule + r"|\b(k[A-Z]\w+)\b(?=\s*[,}]|$)", body)
        tables[name] = [named.get(one[4], one[4]) if one[4] else one[1] for one in found]
    return tables


def graph(root, clang="clang++-16"):
    reader = Reader()
    for document in ast(root, clang):
        reader.read(document)
    functions = {identity: one for identity, one in reader.functions.items() if one["public"]}
    nodes = [("Trait" if one["trait"] else "Type", name, "") for name, one in reader.types.items()]
    nodes += [("Fn", one["name"], one["signature"]) for one in functions.values()]
    nodes = sorted(set(nodes), key=lambda node: (node[0], node[1], node[2]))
    ids = dict(zip(nodes, hashes(["\0".join(node) for node in nodes])))
    by_name = {node[1]: ids[node] for node in nodes if node[0] != "Fn"}
    of_function = {identity: ids["Fn", one["name"], one["signature"]] for identity, one in functions.items()}
    edges = set()
    for identity, one in functions.items():
        source = of_function[identity]
        edges |= {(source, of_function[called], "Calls") for called in reader.reached(identity)}
        for word in set(re.findall(r"[A-Za-z_][\w:]*", one["signature"])):
            # As the code may call it: from inside of the class, or by its last names.
            for name in (word, one["name"].rpartition("::")[0] + "::" + word, word.removeprefix("chat::")):
                if name in by_name:
                    edges.add((source, by_name[name], "Interacts"))
    for name, one in reader.types.items():
        edges |= {(by_name[name], by_name[base], "Implements") for base in one["bases"] if base in by_name}
    return ([{"type": "Node", "id": ids[node], "kind": node[0], "name": node[1],
              **({"signature": node[2]} if node[0] == "Fn" else {})} for node in nodes],
            [{"type": "Edge", "source": source, "target": target, "kind": kind}
             for source, target, kind in sorted(edges)])
