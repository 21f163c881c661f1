"""What several of the tests' clients ask of a socket."""
import select


def something_comes(connection, seconds=0.0):
    """Bytes, or the end of the connection; for any descriptor, unlike select()."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
