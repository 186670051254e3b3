"""The command line of lantern."""

import click

from lantern import integrations


@click.command()
def main():
    """Lists the libraries that lantern can observe."""
    for name, value in sorted(vars(integrations).items()):
        if callable(value) and value.__module__ == integrations.__name__:
            click.echo(name)
