"""What the test asks to go wrong: how often a resource type, or a step of that name, is still to fail."""

_left: dict[str, int] = {}


def ask(what, times):
    _left[what] = times


def is_due(what):
    if not _left.get(what):
        return False
    _left[what] -= 1
    return True
