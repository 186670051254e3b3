package laws

import (
	"fmt"
	"strings"
)

// isTakenOver is law 2.
func (t *Trial) isTakenOver() []Finding {
	if !t.updates() || t.Status != 0 {
		return nil
	}
	t.Looked = append(t.Looked, "law 2: an update is taken over")
	handover := Tree{"summary.json": t.Summary}
	for name, data := range t.Tree {
		if strings.HasPrefix(name, "registry/") || name == "tox.ini" || name == "build-constraints.txt" {
			handover[name] = data
		}
	}
	if !t.with("-before") { // such an update is never handed over: it has no cooldown
		verified := Start{Arguments: []string{"update:verify", "../handover"}, Tree: t.Before, Handover: handover, Index: t.plain.URL}.run()
		if verified.Status != 0 {
			return []Finding{{What: "update:verify confirms what an update that ends 0 hands over", Details: []string{fmt.Sprintf("exit status %d", verified.Status), verified.Stderr}}}
		}
	}
	applied := Start{Arguments: []string{"update:apply", "../handover"}, Tree: t.Before, Handover: handover}.run()
	if applied.Status != 0 {
		return []Finding{{What: "update:apply takes over what an update that ends 0 hands over", Details: []string{fmt.Sprintf("exit status %d", applied.Status), applied.Stderr}}}
	}
	if changes := t.Tree.differences(applied.Tree); len(changes) > 0 {
		return []Finding{{What: "update:apply makes the same bytes", Details: changes}}
	}
	return nil
}
