// Package bench has benchmarks of the whole program. It has no code besides them. `go tool mage dev:bench` runs all;
// `go test -run=^$ -bench=NAME -benchtime=1x -timeout=2h ./internal/bench` runs one:
//
//   - BenchmarkCompare: the whole job of `update`, against uv and pip, which only resolve.
//   - BenchmarkOffline: the commands that a contributor waits for, and what mage adds to them.
//   - BenchmarkSelection: selection with many minor releases, and with many suites.
//   - BenchmarkScale: all commands, and tox, in worlds of 1, 3, 10 and 30 times the size of the reference configuration.
//   - BenchmarkShards: an update of the world of 10 times the size, in parts.
//
// Each prints tables and not one number. Most need a folder with a recorded slice of the index, in the format that
// pypitest.Slice describes; TOXGEN_INDEX_SLICE names it.
//
// A ratio of two programs should be the same on another machine. Therefore:
//
//   - The index is served from memory by a process of its own. What that process cost is a column of the table.
//   - Both programs do everything once before anything is timed.
//   - Each round runs all programs, one after the other, and every second round in the opposite order. A ratio is made
//     of the two times of one round. The table has the median of the ratios, and the least and the greatest.
package bench
