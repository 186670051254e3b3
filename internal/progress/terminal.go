package progress

import "golang.org/x/term"

// usualColumns is the width of a terminal that does not know its own.
const usualColumns = 80

// Columns returns the number of columns of a terminal in which the cursor can be moved, or 0 if the file descriptor is of
// anything else.
func Columns(fd int) int {
	if !term.IsTerminal(fd) || !enableSequences(fd) {
		return 0
	}
	if columns, _, err := term.GetSize(fd); err == nil && columns > 0 {
		return columns
	}
	return usualColumns
}
