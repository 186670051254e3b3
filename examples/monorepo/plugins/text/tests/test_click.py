import click
import tally_core
import tally_text
from click.testing import CliRunner


def test_command():
    tally_core.counts.clear()
    tally_text.click()

    @click.command()
    def hello():
        click.echo("hello")

    assert CliRunner().invoke(hello).output == "hello\n"
    assert tally_core.counts == {"click": 1}
