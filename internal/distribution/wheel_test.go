package distribution

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/python"
	"toxgen/internal/wheel"
)

// membersOf reads a wheel, and checks what installers that read it from its start need.
func membersOf(t *testing.T, data []byte) map[string]string {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]string{}
	for _, f := range reader.File {
		if _, twice := members[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		const descriptor = 0x8
		if f.Flags&descriptor != 0 {
			t.Errorf("%s: the size stands after the data", f.Name)
		}
		if got := f.Modified.UTC().Format("2006-01-02 15:04:05"); got != "1980-01-01 00:00:00" {
			t.Errorf("%s: the time is %s", f.Name, got)
		}
		want := "-rw-r--r--"
		if strings.Contains(f.Name, ".data/scripts/") {
			want = "-rwxr-xr-x"
		}
		if got := f.Mode().String(); got != want {
			t.Errorf("%s: the mode is %s, want %s", f.Name, got, want)
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		members[f.Name] = string(text)
	}
	return members
}

// TestWheel checks the wheel of each platform.
func TestWheel(t *testing.T) {
	for _, test := range []struct{ platform, number, filename, script string }{
		{"darwin/amd64", "1.2.0", "toxgen-1.2.0-py3-none-macosx_12_0_x86_64.whl", "toxgen"},
		{"darwin/arm64", "1.2.0", "toxgen-1.2.0-py3-none-macosx_12_0_arm64.whl", "toxgen"},
		{"linux/amd64", "1.2.0", "toxgen-1.2.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64.whl", "toxgen"},
		{"linux/arm64", "1.2.0rc1", "toxgen-1.2.0rc1-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.musllinux_1_1_aarch64.whl", "toxgen"},
		{"windows/amd64", "0.0.0.dev0+g0123.changed", "toxgen-0.0.0.dev0+g0123.changed-py3-none-win_amd64.whl", "toxgen.exe"},
		{"windows/arm64", "1.2.0", "toxgen-1.2.0-py3-none-win_arm64.whl", "toxgen.exe"},
	} {
		t.Run(test.platform, func(t *testing.T) {
			platforms, err := ParsePlatforms(test.platform)
			if err != nil {
				t.Fatal(err)
			}
			program := bytes.Repeat([]byte("program"), 1000)
			got, err := wheelOf(platforms[0], test.number, program, []byte("licence"))
			if err != nil {
				t.Fatal(err)
			}
			again, err := wheelOf(platforms[0], test.number, program, []byte("licence"))
			if err != nil || !bytes.Equal(got.data, again.data) {
				t.Errorf("two wheels of one program differ (%v)", err)
			}
			parsed, err := wheel.ParseWheel(test.filename)
			if got.name != test.filename || err != nil || parsed.Version.String() != test.number {
				t.Errorf("got the name %s (%v, version %s), want %s", got.name, err, parsed.Version, test.filename)
			}
			members := membersOf(t, got.data)
			if got := members["toxgen-"+test.number+".data/scripts/"+test.script]; got != string(program) {
				t.Errorf("the program has %d bytes, want %d", len(got), len(program))
			}
			info := "toxgen-" + test.number + ".dist-info/"
			if got := members[info+"licenses/LICENSE"]; got != "licence" {
				t.Errorf("the licence is %q", got)
			}
			checkRecord(t, members, info+"RECORD")
			var tags []string
			for line := range strings.Lines(members[info+"WHEEL"]) {
				if tag, found := strings.CutPrefix(line, "Tag: "); found {
					tags = append(tags, strings.TrimSpace(tag))
				}
			}
			var want []string
			for _, tag := range wheel.ParseTags(parsed.Tags) {
				want = append(want, tag.String())
			}
			if diff := cmp.Diff(want, tags); diff != "" || !slices.IsSorted(want) {
				t.Errorf("the tags (-name +WHEEL)\n%s", diff)
			}
			if !strings.Contains(members[info+"METADATA"], "\nVersion: "+test.number+"\n") {
				t.Errorf("the metadata have another version\n%s", members[info+"METADATA"])
			}
		})
	}
}

// checkRecord checks that RECORD states the digest and the size of each other member.
func checkRecord(t *testing.T, members map[string]string, record string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(members[record])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range rows {
		got[row[0]] = row[1] + " " + row[2]
	}
	want := map[string]string{}
	for name, text := range members {
		sum := sha256.Sum256([]byte(text))
		want[name] = "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]) + " " + strconv.Itoa(len(text))
	}
	want[record] = " "
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("RECORD (-want +got)\n%s", diff)
	}
}

// TestWheelsForTargets checks that each machine takes the wheel that is for it, as pip there would, and no other one.
func TestWheelsForTargets(t *testing.T) {
	for _, test := range []struct{ system, machine, version, want string }{
		{"linux", "x86_64", "glibc-2.17", "linux/amd64"},
		{"linux", "x86_64", "glibc-2.12", ""},
		{"linux", "x86_64", "musl-1.2", "linux/amd64"},
		{"linux", "aarch64", "glibc-2.39", "linux/arm64"},
		{"linux", "aarch64", "musl-1.1", "linux/arm64"},
		{"macos", "arm64", "14.0", "darwin/arm64"},
		{"macos", "arm64", "11.0", ""},
		{"macos", "x86_64", "12.0", "darwin/amd64"},
		{"windows", "amd64", "", "windows/amd64"},
		{"windows", "arm64", "", "windows/arm64"},
	} {
		t.Run(strings.Join([]string{test.system, test.machine, test.version}, " "), func(t *testing.T) {
			tags := wheel.Compatible(python.Version{Major: 3, Minor: 13}.On(platformOf(t, test.system, test.machine, test.version)))
			var got []string
			for _, p := range Platforms {
				if _, ok := tags.Best("py3-none-" + strings.Join(p.Tags, ".")); ok {
					got = append(got, p.String())
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// platformOf returns a platform with a version of its C library or of macOS.
func platformOf(t *testing.T, system, machine, version string) python.Platform {
	t.Helper()
	p := python.Platform{System: python.System(system), Machine: machine}
	var err error
	switch p.System {
	case python.Linux:
		p.Libc, err = python.ParseLibc(version)
	case python.MacOS:
		p.Version, err = python.ParseMacOSVersion(version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}
