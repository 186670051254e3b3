package version

// Number returns the version of this build. It is that of a release, a development version, or no version at all.
func Number() string { return number }
