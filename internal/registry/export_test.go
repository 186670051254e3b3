package registry

// SampleText is a file with every key. It is exported for the tests in package registry_test, which may import the
// reference configuration.
const SampleText = sampleText
