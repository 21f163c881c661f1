class Failure(Exception):
    """The other side did something else than it promises."""


def check(holds, message):
    if not holds:
        raise Failure(message)


def equal(found, wanted, what):
    check(found == wanted, f"{what}: {wanted!r} was expected, and it is {found!r}"[:2000])
