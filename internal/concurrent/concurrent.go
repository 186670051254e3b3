// Package concurrent works on the items of a list at the same time, and gives the results in the list's order.
package concurrent

import "golang.org/x/sync/errgroup"

// Map returns what came of each item, at the item's place; at most limit of them are worked on at once.
func Map[T, R any](limit int, items []T, work func(T) R) []R {
	results := make([]R, len(items))
	Each(limit, len(items), func(i int) { results[i] = work(items[i]) })
	return results
}

// Each calls work with 0 to n-1 and returns when all calls have; at most limit of them run at once.
func Each(limit, n int, work func(i int)) {
	var group errgroup.Group
	group.SetLimit(limit)
	for i := range n {
		group.Go(func() error {
			work(i)
			return nil
		})
	}
	_ = group.Wait() // no work returns an error
}
