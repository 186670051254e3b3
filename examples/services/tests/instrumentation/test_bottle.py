from wsgiref.util import setup_testing_defaults

from bottle import Bottle

import querywatch


def test_request(counts):
    querywatch.instrument("bottle")
    app = Bottle()
    app.route("/", callback=lambda: "hello")
    environ = {}
    setup_testing_defaults(environ)
    assert b"".join(app(environ, lambda line, *rest: None)) == b"hello"
    assert counts == {"bottle": 1}
