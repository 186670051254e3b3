package laws

import (
	"fmt"
	"time"
)

// long is more than a run on a world takes, also on a busy machine and with an index that fails.
const long = 20 * time.Second

// isQuick is law 6.
func (t *Trial) isQuick() []Finding {
	if t.Status != killed && t.Took < long {
		return nil
	}
	return []Finding{{What: "a run on a small world takes a few seconds", Details: []string{fmt.Sprintf("it took %s", t.Took.Round(time.Second))}}}
}
