"""Notes what the libraries of an application do."""

import functools
import sys

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

__all__ = ["Notes", "notes", "wrap"]


class Notes(list):
    """A list of events in the order in which they happened."""

    @override
    def clear(self):
        """Empties the list and returns what was in it."""
        events = list(self)
        super().clear()
        return events


notes = Notes()


def wrap(owner, method, event):
    """Notes an event before each call of a method. Wrapping it again changes nothing."""
    original = getattr(owner, method)
    if hasattr(original, "__lantern__"):
        return

    @functools.wraps(original)
    def call(*args, **kwargs):
        notes.append(event)
        return original(*args, **kwargs)

    call.__lantern__ = original
    setattr(owner, method, call)
