// Package laws tests what the program promises whatever comes, over generated worlds. It holds tests only.
//
// A world is made from a seed: a few projects on an index, a configuration, and a history of steps. A step is some
// events (a file is added to an old release, a page fails, a pin is moved by hand, a rule is dropped, …) and one
// command. After each command these laws have to hold:
//
//  1. After a writing run that ends 0, `check` ends 0, and the same run again ends 0 and changes no byte. A run that
//     ends otherwise says why, with a place or a cause, and leaves nothing half-written.
//  2. What an `update` that ends 0 hands over, `update:verify` confirms, and `update:apply` takes it over in the tree as
//     it was before, and makes the same bytes of it.
//  3. The result depends on the index, toxgen.yaml, the tree and the time asked for: not on the cache or the order of
//     answers, and with `-upgrade` not on earlier updates.
//  4. What one project does moves no pin of a suite that does not install it, and stops no other project.
//  5. No command adopts a file younger than the cooldown, except of a version that a person pinned and that has no
//     older file.
//  6. A run takes a bounded time.
//
// A world in which a law is broken is made smaller while the same law is broken in the same way, and is printed as a
// txtar archive that a person can replay.
//
//	go test ./internal/laws                     a few dozen worlds, always the same
//	TOXGEN_LAWS_COUNT=500 TOXGEN_LAWS_SEED=7    500 worlds, from seed 7 on
//	go tool mage dev:laws -count=2000 -seed=1   the same with the numbers as flags
//
// The clock is not part of a world: upload times are so many days before the test began, and no age is near a limit.
// Non-goals: hostile texts, large worlds, crashes. Other tests have these.
package laws
