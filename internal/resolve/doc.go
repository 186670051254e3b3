// Package resolve finds the releases that pip 26.3 would install for a declared environment: one CPython on one
// platform, whatever machine runs the program. It needs no interpreter, builds nothing and runs nothing of anybody's.
//
// A [Universe] is what is known of an [Index], parsed once; a [Target] is an environment's view of it. Both remember, and
// any number of resolutions may share them. [Target.Resolve] answers a [Problem] with pins, a [*Conflict] or a
// [*Refusal]; [Target.Verify] says what is wrong with pins that somebody else made; [ParseRequirements] reads a
// requirements file. An answer is a function of the problem, the target and the facts of the index: neither the order
// nor the time of the index's answers matters.
//
// # The rules of pip
//
// They are pip's own, and resolvelib 1.2.1's; comments refer to them by number.
//
//  1. In each round one identifier is decided: the interpreter before all; then one of the causes of the last conflict;
//     then one that was a cause five times while it had no pin; else any. Of these the one that is demanded as a certain
//     file, pinned (== without a wildcard, ===), bounded above (<, <=, ~=, == with a wildcard), first among the roots,
//     with any operator at all; then the first by name.
//  2. `a[x]` is an identifier of its own. Its candidates demand the same file for `a`. `a[x]>=1` asks for both `a>=1` and
//     `a[x]>=1`. Roots with extras come last. Extras that a release does not provide are ignored.
//  3. Candidates are files that the target can use by their tags and by the Requires-Python on the index, whose versions
//     the combined specifiers of all demands and constraints match.
//  4. Yanked files are left out unless all that match are yanked and a clause pins (=== or == without `.*`).
//  5. Pre-releases are left out unless a clause other than != names one, or no final release matches; yanked ones count
//     as matching here. Whether a pin still meets a demand is asked with pre-releases admitted.
//  6. Order: the version, the newest first; then the best tag, source distributions last; then the build tag; then the
//     file listed later. There is one candidate a version.
//  7. An invalid Requires-Dist drops a release with all its files; metadata of another project or version drop the file.
//  8. An invalid Requires-Python excludes nothing. If only the metadata of a release exclude the target, that is a demand
//     that cannot be met, and another release is tried.
//  9. Metadata are read of no more candidates than pip reads. A digest that does not fit is fatal.
//  10. A project that the index does not have has no candidates.
//  11. After a conflict the search goes back as resolvelib does, see backjump.go.
//
// # Deviations
//
// Requirements that are URLs, and releases whose requirements cannot be known without building them, are refused where
// pip would fetch and build. Where pip ends with a traceback the release or file is passed over: a marker that cannot be
// evaluated is like an invalid Requires-Dist, a version in the metadata that is none like another one. When all that was
// demanded of `a[x]` has been forgotten, pip goes on with `a` in its place; here it stays `a[x]`. And where pip's
// answer is wrong or does not come, there is a right one: if its pins do not meet each other's demands it searches again
// with the flaw mended, and if it says that there is no solution, or does not end, the exhaustive search decides.
//
// Non-goals: interpreters other than CPython, hashes of requirements, several indexes, building.
package resolve
