package display

import "strings"

// Code returns prose of others as code in Markdown, on one line and for a cell of a table too. In code, GitHub shows links,
// mentions, references, HTML and emphasis as they are written. A bar is written as \x7c and not as \|, because Markdown
// implementations differ on a backslash before an escaped bar. Blanks at the ends are left out: Markdown strips some of them.
func Code(s string) string {
	text := strings.ReplaceAll(strings.Trim(Escape(Cut(s)), " "), "|", `\x7c`)
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	pad := ""
	if fence != "`" {
		pad = " " // a backtick at an end would be part of the fence
	}
	return fence + pad + text + pad + fence
}
