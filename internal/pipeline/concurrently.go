package pipeline

import (
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
)

// concurrently returns what came of each item, at the item's place; at most limit of them are worked on at once.
func concurrently[T, R any](limit int, items []T, work func(T) R) []R {
	results := make([]R, len(items))
	var group errgroup.Group
	group.SetLimit(limit)
	for i, item := range items {
		group.Go(func() error {
			results[i] = work(item)
			return nil
		})
	}
	_ = group.Wait() // no work gives an error here: the results hold them
	return results
}

// sortedKeys returns the keys of a map in ascending order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
