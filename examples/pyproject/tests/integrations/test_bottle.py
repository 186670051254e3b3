from wsgiref.util import setup_testing_defaults

from bottle import Bottle

from lantern import integrations


def test_request(noted):
    integrations.bottle()
    app = Bottle()
    app.route("/", callback=lambda: "hello")
    environ, status = {}, []
    setup_testing_defaults(environ)
    body = b"".join(app(environ, lambda line, *rest: status.append(line)))
    assert (status, body) == (["200 OK"], b"hello")
    assert noted == ["bottle: request"]
