package display

import "fmt"

// Count returns a number with its noun, such as `1 row` or `2 rows`.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
