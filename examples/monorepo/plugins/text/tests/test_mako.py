import tally_core
import tally_text
from mako.template import Template


def test_template():
    tally_core.counts.clear()
    tally_text.mako()
    assert Template("hello ${name}").render(name="you") == "hello you"
    assert tally_core.counts == {"mako": 1}
