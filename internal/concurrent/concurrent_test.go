package concurrent

import (
	"slices"
	"sync/atomic"
	"testing"
)

func TestMap(t *testing.T) {
	items := make([]int, 1000)
	for i := range items {
		items[i] = i
	}
	var now, most atomic.Int64
	results := Map(3, items, func(i int) int {
		n := now.Add(1)
		for {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		defer now.Add(-1)
		return 2 * i
	})
	if most.Load() > 3 {
		t.Errorf("%d items were worked on at once", most.Load())
	}
	for i := range items {
		items[i] = 2 * i
	}
	if !slices.Equal(results, items) {
		t.Error("a result does not stand at its item's place")
	}
	if got := Map(1, []int(nil), func(int) int { panic("called") }); len(got) != 0 {
		t.Errorf("no items: %v", got)
	}
}
