"""Counts the requests of web frameworks."""

from tally_core import count


def bottle():
    count("bottle", "Bottle.wsgi", "bottle")


def flask():
    count("flask", "Flask.full_dispatch_request", "flask")


def werkzeug():
    count("werkzeug.wrappers", "Response.__call__", "werkzeug")
