package pep508

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestNormalizeNameLaws(t *testing.T) {
	const seed = 20260810
	random := rand.New(rand.NewPCG(seed, seed))
	alphabet := []rune("abzAZ09-_.é ")
	draw := func() string {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteRune(alphabet[random.IntN(len(alphabet))])
		}
		return b.String()
	}
	valid := 0
	for range 10_000 {
		name := draw()
		key := NormalizeName(name)
		if again := NormalizeName(key); again != key {
			t.Errorf("seed %d: the normal form of %q is %q, and the normal form of that is %q", seed, name, key, again)
		}
		if got := NormalizeName(strings.NewReplacer("_", "--", ".", "_").Replace(strings.ToUpper(name))); got != key {
			t.Errorf("seed %d: the normal form of %q is %q, in another spelling %q", seed, name, key, got)
		}
		if ValidName(name) {
			valid++
			if !IsNormalizedName(key) {
				t.Errorf("seed %d: %q is a valid name and its normal form %q is not one", seed, name, key)
			}
		}
	}
	if valid < 1_000 {
		t.Errorf("seed %d: the sample has only %d valid names", seed, valid)
	}
}
