from click.testing import CliRunner

from lantern.cli import main


def test_lists_the_libraries():
    result = CliRunner().invoke(main)
    assert result.exit_code == 0
    assert "jinja2" in result.output.split()
