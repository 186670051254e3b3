// Package sdktest provides a small SDK whose tests really run: tiny packages on an index in memory, and suites whose tests a
// real pytest runs through a real tox, on the interpreters of the machine.
//
// [New] is the SDK in a week in which all is well but one suite, [SDK.Publish] what its projects publish in the next one:
//
//	release         a release of its project breaks it
//	one, two, three a release of a dependency that they share breaks them; three is a static suite
//	pair            two dependencies break it together, and neither by itself
//	flaky           its test fails in the second run, in each of its environments
//	snake           a release breaks it on the newest Python, if there are two
//	unbuilt         a release cannot be installed
//	before          its test always fails
//
// A machine without Python, tox or pytest cannot run them: the test is skipped, or fails where [Required] is set.
package sdktest
