"""What was found, as a line each and as the tables of docs/trust.md."""


def line(one):
    words = f"{one['verdict']:>10}  {one['name']}"
    if one.get("by"):
        words += f"  by {one['by']}: {one.get('id', '')}"
    if one.get("unfit"):
        words += f"  ({one['unfit']})"
    return words


def table(head, rows):
    lines = [head, *rows]
    marks = ["---" if at == 0 else "---:" for at in range(len(head))]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in (lines[0], marks, *lines[1:]))


def of_mutants(found):
    columns = {"piece": ("caught", "piece"), "explore": ("caught", "explore"), "race": ("caught", "race"),
               "check": ("caught", "check"), "same code": ("same code", None), "equivalent": ("equivalent", None),
               "escaped": ("escaped", None)}
    rows = []
    for exercise in sorted({one["exercise"] for one in found}):
        own = [one for one in found if one["exercise"] == exercise and one["verdict"] != "no mutant"]
        counts = [sum((one["verdict"], one.get("by")) == (verdict, by) for one in own)
                  for verdict, by in columns.values()]
        rows.append([exercise, len(own), *counts])
    rows.append(["all", *(sum(row[at] for row in rows) for at in range(1, len(columns) + 2))])
    text = table(["exercise", "mutants", *columns], rows)
    survivors = [one for one in found if one["verdict"] == "escaped"]
    return text + "".join(f"\n\n{one['name']} ({sometimes(one)}):\n\n    " + one["diff"].replace("\n", "\n    ")
                          for one in survivors)


def sometimes(one):
    seen = [f"{some['by']} {some['caught']} of {some['rounds']}" for some in one.get("sometimes", [])]
    return ", ".join([*seen, f"check: {one.get('check', 'not run')} {one.get('id', '')}".strip()])


def of_wrong(found):
    rows = [[f"{one['why'] or one['name']} (`{one['name']}`)", one["exercise"], one["requirement"], told(one),
             f"`{one.get('id', '')}`", checked(one)] for one in found]
    return table(["wrong program", "exercise", "requirement", "harness", "by", "check"], rows)


def told(one):
    if one["verdict"] == "caught":
        return f"{one.get('caught', '')}/{one.get('rounds', '')}" if one["by"] != "check" else "-"
    return f"**{one['verdict']}** {one.get('unfit', '')}".strip()


def checked(one):
    return f"{one['check']['caught']}/{one['check']['rounds']}" if "check" in one else "-"


def of_right(found):
    kinds = ["piece", "explore", "race", "check"]
    rows = [[one["exercise"], f"`{one['name']}`",
             *("/".join(map(str, one["passed"][kind])) if kind in one["passed"] else "-" for kind in kinds),
             one.get("inconclusive", "-")] for one in found]
    return table(["exercise", "written", *kinds, "inconclusive"], rows)
