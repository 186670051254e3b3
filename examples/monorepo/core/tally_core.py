"""Counts the calls of methods."""

import collections
import importlib

import wrapt

counts = collections.Counter()
_counted = set()


def count(module, method, name):
    """Counts the calls of a method under a name from now on. To count it again changes nothing."""
    importlib.import_module(module)
    if (module, method) in _counted:
        return
    _counted.add((module, method))

    def counted(wrapped, instance, args, kwargs):
        counts[name] += 1
        return wrapped(*args, **kwargs)

    wrapt.wrap_function_wrapper(module, method, counted)
