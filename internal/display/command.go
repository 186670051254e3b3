package display

import "strings"

// A Property is a named value of a workflow command.
type Property struct{ Name, Value string }

// Command returns a workflow command of GitHub Actions such as `::error file=a,line=1::message`, without a line end. The
// message consists of the given lines. name and the names of the properties are words of the program.
func Command(name string, properties []Property, lines ...string) string {
	pairs := make([]string, len(properties))
	for i, p := range properties {
		pairs[i] = p.Name + "=" + propertyEscapes.Replace(Escape(p.Value))
	}
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = Line(line)
	}
	command := strings.TrimSpace("::" + name + " " + strings.Join(pairs, ","))
	return command + "::" + dataEscapes.Replace(strings.Join(shown, "\n"))
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
