"""Reads a report's page as a browser and a screen reader would, and says what is wrong with it."""
import re
from html.parser import HTMLParser

VOID = {"meta", "br", "path", "line", "rect", "circle"}


class Page(HTMLParser):
    """Every element as a dictionary: name, attributes, text, children, parent."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.faults = []
        self.root = {"name": "", "attributes": {}, "children": [], "text": "", "parent": None}
        self.open = [self.root]
        self.feed(text)
        self.close()
        if len(self.open) > 1:
            self.faults.append(f"<{self.open[-1]['name']}> is never closed")

    def handle_starttag(self, name, attributes):
        element = {"name": name, "attributes": dict(attributes), "children": [], "text": "", "parent": self.open[-1]}
        self.open[-1]["children"].append(element)
        if name not in VOID:
            self.open.append(element)

    def handle_startendtag(self, name, attributes):
        element = {"name": name, "attributes": dict(attributes), "children": [], "text": "", "parent": self.open[-1]}
        self.open[-1]["children"].append(element)
        if name not in VOID:
            self.faults.append(f"<{name}/> does not close itself in HTML")

    def handle_endtag(self, name):
        if name in VOID:
            return
        if self.open[-1]["name"] != name:
            self.faults.append(f"</{name}> where <{self.open[-1]['name']}> is open")
            return
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data


def all_of(element, name):
    found = []
    for child in element["children"]:
        if child["name"] == name:
            found.append(child)
        found += all_of(child, name)
    return found


def figure_faults(figure):
    name = figure["attributes"].get("id", "a figure without an id")
    headings = all_of(figure, "h3")
    if len(headings) != 1 or not re.search(r"\w", headings[0]["text"]):
        yield f"{name}: it has no title"
    elif figure["attributes"].get("aria-labelledby") != headings[0]["attributes"].get("id"):
        yield f"{name}: its title does not label it"
    drawings = all_of(figure, "svg")
    if len(drawings) != 2:
        yield f"{name}: {len(drawings)} drawings, not a wide and a narrow one"
    for svg in drawings:
        if svg["attributes"].get("role") != "img" or not svg["attributes"].get("aria-label"):
            yield f"{name}: a drawing without a description"
        titles = [text["text"] for text in all_of(svg, "text") if text["attributes"].get("class") == "axis-title"]
        if not any(re.search(r"\w", title) for title in titles):
            yield f"{name}: no axis has a title"
        left, top, width, height = map(float, svg["attributes"]["viewbox"].split())
        for text in all_of(svg, "text"):
            x, y = float(text["attributes"]["x"]), float(text["attributes"]["y"])
            if not (left <= x <= width and top <= y <= height):
                yield f"{name}: \"{text['text']}\" lies outside of the drawing"
    tables = all_of(figure, "table")
    if len(tables) != 1 or len(all_of(figure, "details")) != 1:
        yield f"{name}: its numbers are not there as a table that unfolds"
    for table in tables:
        captions = all_of(table, "caption")
        if len(captions) != 1 or not captions[0]["text"].strip():
            yield f"{name}: its table has no caption"
        for cell in all_of(table, "th"):
            if cell["attributes"].get("scope") not in ("row", "col") or not cell["text"].strip():
                yield f"{name}: a heading of its table has no scope, or no text"
        rows = {len(row["children"]) for row in all_of(table, "tr")}
        if len(rows) != 1:
            yield f"{name}: the rows of its table are not equally long"


def faults(text):
    page = Page(text)
    found = list(page.faults)
    ids = re.findall(r'\sid="([^"]*)"', text)
    found += [f"the id {name} is there more than once" for name in sorted({name for name in ids if ids.count(name) > 1})]
    for target in re.findall(r'href="#([^"]*)"', text):
        if target not in ids:
            found.append(f"a link leads to {target}, which is nowhere")
    figures = all_of(page.root, "figure")
    if not figures:
        found.append("there is no figure")
    for figure in figures:
        found += figure_faults(figure)
    for name in ("title", "main", "h1"):
        if len(all_of(page.root, name)) < 1:
            found.append(f"there is no <{name}>")
    if "<script" in text or "http:" in text or "https:" in text or "url(" in text:
        found.append("it needs something from elsewhere")
    return found


def figure_ids(text):
    return [figure["attributes"].get("id") for figure in all_of(Page(text).root, "figure")]
