package registry

// SampleText is a file with every key, for tests outside the package, which may know the reference configuration.
const SampleText = sampleText
