from itsdangerous import Signer

from lantern import integrations


def test_check(noted):
    integrations.itsdangerous()
    signer = Signer("key")
    assert signer.unsign(signer.sign("text")) == b"text"
    assert noted == ["itsdangerous: check"]
