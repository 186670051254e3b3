package update

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"time"

	"toxgen/internal/finding"
	"toxgen/internal/formats"
	"toxgen/internal/pep508"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/tox"
)

// SummaryFile is the name under which an update hands its summary over.
const SummaryFile = "summary.json"

// Limits of what is taken over; the reference configuration hands over some 470 files of 6 MB in all.
const (
	maximumHandedFiles = 5_000
	maximumHandedBytes = 64 << 20
)

// A Handover holds the files that an update hands over, by path. They are regular files, not too large, with names that an
// update writes; their content is not trusted.
type Handover map[string][]byte

// ReadHandover reads a folder. toxFile is the name of tox.ini in the project. Whatever does not belong there is an error, all
// of them at once.
func ReadHandover(folder, toxFile string) (Handover, error) {
	root, err := os.OpenRoot(folder) // what lies elsewhere cannot be reached, whatever links there are
	if err != nil {
		return nil, err
	}
	defer root.Close()
	h := Handover{}
	var faults finding.List
	refuse := func(name, message string, values ...any) {
		faults = append(faults, finding.Finding{Severity: finding.Error, File: path.Join(folder, name), Message: fmt.Sprintf(message, values...)})
	}
	files, left := 0, int64(maximumHandedBytes)
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == "." || entry.IsDir() && name == registry.Folder:
			return nil
		case entry.Type() != 0 && !entry.IsDir():
			refuse(name, "it is a link or something else than a file")
			return nil
		case entry.IsDir() || name != toxFile && !handed(name):
			refuse(name, "an update hands over nothing of this name")
			return skipped(entry)
		}
		if files++; files > maximumHandedFiles {
			refuse(".", "there are more than %d files", maximumHandedFiles)
			return fs.SkipAll
		}
		data, err := readHanded(root, name, left)
		if left -= int64(len(data)); left < 0 {
			refuse(".", "there are more than %d bytes", maximumHandedBytes)
			return fs.SkipAll
		}
		if err != nil {
			refuse(name, "%s", err.Error())
		}
		h[name] = data
		return nil
	})
	if err != nil {
		return nil, err
	}
	if h[toxFile] == nil && len(faults) == 0 {
		refuse(toxFile, "it is missing")
	}
	for _, name := range []string{toxFile, tox.BuildConstraints} {
		if !tox.Owned(h[name]) {
			refuse(name, "toxgen did not make it: its first line lacks the mark")
		}
		if _, err := formats.CheckGenerated(h[name]); err != nil {
			refuse(name, "%s: %s", err, formats.Hint)
		}
	}
	return h, faults.Err()
}

// Digest returns the SHA-256 of the hand-over in hexadecimal digits: of its files in the order of their names, each with
// the lengths of its name and of its content. So what one job confirmed can be recognised by another.
func (h Handover) Digest() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(sum, "%d %s %d\n", len(name), name, len(h[name]))
		sum.Write(h[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Facts returns the facts that are handed over. What is wrong with the files are findings.
func (h Handover) Facts() (registry.Facts, error) {
	facts := registry.Facts{}
	var faults finding.List
	for _, path := range slices.Sorted(maps.Keys(h)) {
		name, isFacts := registry.NameOf(path)
		if !isFacts {
			continue
		}
		project, disagreements, wrong := registry.Parse(name, h[path])
		faults = append(faults, wrong...)
		for _, d := range disagreements {
			faults = append(faults, finding.Finding{Severity: finding.Error, File: path, Line: d.Lines[0], Message: fmt.Sprintf("the lines of release %s disagree", d.Version)})
		}
		if project != nil {
			facts[name] = project
		}
	}
	return facts, faults.Err()
}

// lifetime is how long a hand-over can be confirmed. What is younger than the cooldown is judged by the time of the
// update, and one that lies for long is not what the index has any more.
const lifetime = 24 * time.Hour

// Asked returns the time at which the update asked the index, as it says, if that can be believed at another.
func (h Handover) Asked(now time.Time) (time.Time, error) {
	s, err := h.Summary()
	if err != nil {
		return time.Time{}, err
	}
	refuse := func(message string) (time.Time, error) {
		return time.Time{}, finding.List{{Severity: finding.Error, File: SummaryFile, Message: message, Hint: "run `mage update -summary=…/" + SummaryFile + "` again and hand over what it writes"}}
	}
	switch {
	case s.Asked.IsZero():
		return refuse("it does not say when the index was asked")
	case s.Asked.After(now):
		return refuse("the index was asked at " + s.Asked.UTC().Format(time.RFC3339) + ", which is still to come")
	case now.Sub(s.Asked) > lifetime:
		return refuse("the index was asked at " + s.Asked.UTC().Format(time.RFC3339) + ", more than " + lifetime.String() + " ago")
	}
	return s.Asked, nil
}

// Summary returns what the update said; what counts of it is what cannot be found out anew. Without one it is empty.
func (h Handover) Summary() (*report.Summary, error) {
	data, found := h[SummaryFile]
	if !found {
		return &report.Summary{}, nil
	}
	s, err := report.Parse(data)
	if err != nil {
		return nil, finding.List{{Severity: finding.Error, File: SummaryFile, Message: err.Error()}}
	}
	return s, nil
}

// skipped passes over what is below a folder.
func skipped(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// handed reports whether an update hands over a file of this name besides tox.ini. It is exact: no other case, no other form.
func handed(name string) bool {
	if name == tox.BuildConstraints || name == SummaryFile {
		return true
	}
	project, isFacts := registry.NameOf(name)
	return isFacts && pep508.IsNormalizedName(project)
}

// readHanded reads a regular file that cannot be executed, and one byte more than may be there.
func readHanded(root *os.Root, name string, most int64) ([]byte, error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); !mode.IsRegular() || mode&0o111 != 0 {
		return nil, fmt.Errorf("its mode is %s: only plain files are taken over", mode)
	}
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if data == nil {
		data = []byte{}
	}
	return data, err
}
