import click
from click.testing import CliRunner

from lantern import integrations


def test_command(noted):
    integrations.click()

    @click.command()
    def hello():
        click.echo("hello")

    assert CliRunner().invoke(hello).output == "hello\n"
    assert noted == ["click: command"]
