from wsgiref.util import setup_testing_defaults

import bottle
import tally_core
import tally_web


def test_request():
    tally_core.counts.clear()
    tally_web.bottle()
    app = bottle.Bottle()
    app.route("/", callback=lambda: "hello")
    environ = {}
    setup_testing_defaults(environ)
    assert b"".join(app(environ, lambda line, *rest: None)) == b"hello"
    assert tally_core.counts == {"bottle": 1}
