"""Counts what an application asks of its databases."""

import collections
import importlib

import wrapt

# What is counted, by library: the module, and the method that each call goes through.
METHODS = {
    "bottle": ("bottle", "Bottle.wsgi"),
    "cachetools": ("cachetools", "LRUCache.__getitem__"),
    "flask": ("flask", "Flask.full_dispatch_request"),
    "jinja2": ("jinja2", "Template.render"),
    "pg8000": ("pg8000.legacy", "Cursor.execute"),
    "psycopg": ("psycopg", "Cursor.execute"),
    "redis": ("redis", "Redis.execute_command"),
    "requests": ("requests", "Session.send"),
    "rq": ("rq", "Queue.enqueue"),
    "tinydb": ("tinydb.table", "Table.insert"),
}

counts = collections.Counter()


def instrument(library):
    """Counts the calls of a library from now on. To instrument it again changes nothing."""
    module, name = METHODS[library]
    owner, method = name.split(".")
    if isinstance(vars(getattr(importlib.import_module(module), owner)).get(method), wrapt.FunctionWrapper):
        return

    def count(wrapped, instance, args, kwargs):
        counts[library] += 1
        return wrapped(*args, **kwargs)

    wrapt.wrap_function_wrapper(module, name, count)
