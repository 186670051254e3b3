import jinja2
import tally_core
import tally_text


def test_template():
    tally_core.counts.clear()
    tally_text.jinja2()
    assert jinja2.Template("hello {{ name }}").render(name="you") == "hello you"
    assert tally_core.counts == {"jinja2": 1}
