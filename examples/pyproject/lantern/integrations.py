"""What is noted of each library. A library is imported only by its own function."""

from lantern import wrap


def blinker():
    from blinker import Signal

    wrap(Signal, "send", "blinker: signal")


def bottle():
    from bottle import Bottle

    wrap(Bottle, "wsgi", "bottle: request")


def cachetools():
    from cachetools import LRUCache

    wrap(LRUCache, "__setitem__", "cachetools: item")


def click():
    from click import Command

    wrap(Command, "invoke", "click: command")


def flask():
    from flask import Flask

    wrap(Flask, "full_dispatch_request", "flask: request")


def itsdangerous():
    from itsdangerous import Signer

    wrap(Signer, "unsign", "itsdangerous: check")


def jinja2():
    from jinja2 import Template

    wrap(Template, "render", "jinja2: template")


def mako():
    from mako.template import Template

    wrap(Template, "render", "mako: template")


def pluggy():
    from pluggy import PluginManager

    wrap(PluginManager, "register", "pluggy: plugin")


def werkzeug():
    from werkzeug.wrappers import Response

    wrap(Response, "__call__", "werkzeug: response")
