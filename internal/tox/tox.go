// Package tox writes tox.ini and reads it.
//
// tox.ini says for every environment what is installed, set and run, and by which labels it is selected. Its
// lines carry conditions on factors, the words of an environment's name between dashes
// (https://tox.wiki/en/latest/config.html#conditional-settings):
//
//	{py3.8,py3.14}-flask-v2.3.3: werkzeug<3
//	flask-!v1.1.4-!v2.3.3: flask==3.1.3
//
// [Render] executes a template with such lines, reads the result back as tox 4 does, and compares what each
// environment means with what was intended; so a template, a value or a name that tox would understand
// otherwise is an error and never a file. What an environment means comes from the configuration and the matrix
// alone, by a way of its own (intended.go), not over factors.
//
// env_list, deps, set_env and labels have one block for each suite, and no line serves two suites. A line that
// the newest stable release of a suite shares with its alias `-latest` does not name it, but excludes the
// suite's others: so a new release renames nothing, and a name that nobody declared, such as
// `py3.13-flask-latest`, still tests the right release.
//
// Non-goals: substitutions, sections for single environments, and other files that tox reads.
package tox

// FileName is where tox.ini lies in a project.
const FileName = "tox.ini"
