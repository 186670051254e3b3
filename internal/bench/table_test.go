//go:build unix

package bench

import (
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// A table is printed in columns.
type table struct{ *tabwriter.Writer }

// newTable returns a table with a title above it.
func newTable(title string, headings ...any) table {
	fmt.Println(title)
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)}
	t.row(headings...)
	return t
}

// A mebibytes is an amount of memory in bytes.
type mebibytes int64

func (t table) row(cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		switch c := cell.(type) {
		case time.Duration:
			cell = fmt.Sprintf("%.2f s", c.Seconds())
		case mebibytes:
			cell = fmt.Sprintf("%d MiB", c>>20)
		case float64:
			cell = fmt.Sprintf("%.2f", c)
		}
		fmt.Fprint(t, cell)
	}
	fmt.Fprintln(t)
}

// print prints the table so far; the columns are aligned within that part.
func (t table) print() {
	_ = t.Flush()
	fmt.Println()
}

// A series has the value of each round.
type series []float64

// String returns the median, and the least and greatest values.
func (s series) String() string {
	sorted := slices.Sorted(slices.Values(s))
	return fmt.Sprintf("%.1f (%.1f–%.1f)", sorted[len(sorted)/2], sorted[0], sorted[len(sorted)-1])
}

// ratios returns how many times the time of the others a took, round by round.
func ratios(time func(cost) float64, a, others []cost) series {
	var s series
	for i := range a {
		s = append(s, time(a[i])/time(others[i]))
	}
	return s
}

func wall(c cost) float64 { return c.Wall.Seconds() }

func cpu(c cost) float64 { return c.CPU.Seconds() }

// median returns the cost with the median wall time, with the greatest peak and number of failures of all.
func median(costs []cost) cost {
	sorted := slices.SortedFunc(slices.Values(costs), func(a, b cost) int { return int(a.Wall - b.Wall) })
	middle := sorted[len(sorted)/2]
	for _, c := range costs {
		middle.Peak, middle.Failed = max(middle.Peak, c.Peak), max(middle.Failed, c.Failed)
	}
	return middle
}
