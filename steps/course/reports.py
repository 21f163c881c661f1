"""What grading comes to: a table for people, JSON for programs, JUnit's XML for whatever reads that."""
import dataclasses
import re
import xml.etree.ElementTree as ElementTree

from .say import table, tell
from .submission import VERDICTS

# What XML 1.0 can't hold, not even escaped; a server's output can.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FAILURES = ("fail", "does not compile")
SKIPPED = ("absent",)
LONGEST_REASON = 160   # on the table's page; the files have all of it


@dataclasses.dataclass
class Learner:
    name: str
    folder: str
    results: list

    @property
    def passed(self):
        return sum(one.verdict == "pass" for one in self.results)


def print_table(learners, exercises):
    rows = [["", *(one.short for one in exercises), "passed"]]
    for learner in learners:
        verdicts = [VERDICTS[result.verdict] for result in learner.results]
        rows.append([learner.name, *verdicts, f"{learner.passed} of {len(learner.results)}"])
    table(rows)
    for learner in learners:
        for result in learner.results:
            if result.verdict not in ("pass", "absent"):
                _print_reason(learner, result)
            for note in result.notes:
                tell(f"{learner.name} {result.exercise}: note: {note}", further="  ")


def _print_reason(learner, result):
    reason = ": ".join(part for part in (result.finding, result.cause.strip().partition("\n")[0]) if part)
    if len(reason) > LONGEST_REASON:
        reason = reason[:LONGEST_REASON] + " …"
    tell(f"{learner.name} {result.exercise}: {result.verdict}" + (f": {reason}" if reason else ""), further="  ")


def as_data(learners, time):
    return {"graded": time, "learners": [
        {"name": learner.name, "folder": learner.folder, "passed": learner.passed, "of": len(learner.results),
         "results": [dataclasses.asdict(result) for result in learner.results]} for learner in learners]}


def _xml_text(text):
    return NOT_XML.sub("\ufffd", text)


def _add_case(suite, learner, result):
    case = ElementTree.SubElement(suite, "testcase", classname=_xml_text(learner.name), name=result.exercise,
                                  time=f"{result.seconds:.1f}")
    if result.verdict == "pass":
        return
    kind = "failure" if result.verdict in FAILURES else "skipped" if result.verdict in SKIPPED else "error"
    first_line = _xml_text(result.cause.strip().partition("\n")[0])
    element = ElementTree.SubElement(case, kind, message=first_line or result.verdict)
    if kind != "skipped":
        element.set("type", result.finding or result.verdict)
        what_next = result.next and f"next: {result.next}"
        element.text = _xml_text("\n".join(part for part in (result.cause, what_next) if part))


def as_junit(learners, time):
    root = ElementTree.Element("testsuites", name="station")
    for learner in learners:
        verdicts = [result.verdict for result in learner.results]
        failures = sum(verdict in FAILURES for verdict in verdicts)
        skipped = sum(verdict in SKIPPED for verdict in verdicts)
        errors = len(verdicts) - failures - skipped - verdicts.count("pass")
        seconds = sum(result.seconds for result in learner.results)
        suite = ElementTree.SubElement(root, "testsuite", name=_xml_text(learner.name), tests=str(len(verdicts)),
                                       failures=str(failures), errors=str(errors), skipped=str(skipped),
                                       time=f"{seconds:.1f}", timestamp=time.rstrip("Z"))
        for result in learner.results:
            _add_case(suite, learner, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
