package results

import (
	"errors"
	"io"
	"io/fs"
	"regexp"
)

// commitFile is the name of the file of a folder with results that names their commit. The job that collects them writes it, and
// not the code that was tested.
const commitFile = "commit"

// fullName matches the full name of a commit, as a line.
var fullName = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})\n?$`)

// errNoCommit is the error of results that name no commit.
var errNoCommit = errors.New("there is no file `" + commitFile + "` with its full name")

// Commit returns the full name of the commit that the results in a folder are of, as they say: 40 or 64 hexadecimal digits.
func Commit(folder fs.FS) (string, error) {
	info, err := fs.Stat(folder, commitFile)
	if err != nil || !info.Mode().IsRegular() {
		return "", errNoCommit
	}
	file, err := folder.Open(commitFile)
	if err != nil {
		return "", err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, 66)) // 64 digits, a line end, and what is too much
	if err != nil {
		return "", err
	}
	match := fullName.FindSubmatch(data)
	if match == nil {
		return "", errNoCommit
	}
	return string(match[1]), nil
}
