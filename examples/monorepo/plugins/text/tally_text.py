"""Counts what is rendered, printed and signed."""

from tally_core import count


def click():
    count("click", "Command.invoke", "click")


def itsdangerous():
    count("itsdangerous", "Signer.unsign", "itsdangerous")


def jinja2():
    count("jinja2", "Template.render", "jinja2")


def mako():
    count("mako.template", "Template.render", "mako")
