import itsdangerous
import tally_core
import tally_text


def test_check():
    tally_core.counts.clear()
    tally_text.itsdangerous()
    signer = itsdangerous.Signer("key")
    assert signer.unsign(signer.sign("text")) == b"text"
    assert tally_core.counts == {"itsdangerous": 1}
