package metadata

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/vectors"
)

// The fields of core metadata by their email names: those that occur once, and those that may repeat.
var (
	onceFields = []string{"author", "author-email", "description", "description-content-type", "download-url", "home-page", "license",
		"license-expression", "maintainer", "maintainer-email", "metadata-version", "name", "requires-python", "summary", "version"}
	manyFields = map[string]string{"classifier": "classifiers", "dynamic": "dynamic", "import-name": "import_names",
		"import-namespace": "import_namespaces", "license-file": "license_files", "obsoletes": "obsoletes", "obsoletes-dist": "obsoletes_dist",
		"platform": "platforms", "provides": "provides", "provides-dist": "provides_dist", "provides-extra": "provides_extra",
		"requires": "requires", "requires-dist": "requires_dist", "requires-external": "requires_external",
		"supported-platform": "supported_platforms"}
)

// raw returns headers in the form of packaging's RawMetadata.
func raw(data []byte) (raw, unparsed map[string]any) {
	raw, unparsed = map[string]any{}, map[string]any{}
	headers, body := Headers(data)
	values := map[string][]any{}
	for _, h := range headers {
		values[h.Name] = append(values[h.Name], h.Value)
	}
	for name, list := range values {
		key, many := manyFields[name]
		switch {
		case many:
			raw[key] = list
		case slices.Contains(onceFields, name) && len(list) == 1:
			raw[strings.ReplaceAll(name, "-", "_")] = list[0]
		case name == "keywords" && len(list) == 1:
			var words []any
			for word := range strings.SplitSeq(list[0].(string), ",") {
				words = append(words, strings.TrimSpace(word))
			}
			raw["keywords"] = words
		case name == "project-url":
			urls := map[string]any{}
			for _, text := range list {
				label, url, _ := strings.Cut(text.(string), ",")
				urls[strings.TrimSpace(label)] = strings.TrimSpace(url)
			}
			raw["project_urls"] = urls
		default:
			unparsed[name] = list
		}
	}
	if len(body) > 0 {
		raw["description"] = string(body)
	}
	return raw, unparsed
}

func TestVectors(t *testing.T) {
	rows := vectors.Read[[]struct {
		In            string
		Raw, Unparsed map[string]any
	}](t, "metadata")
	vectors.Rows(t, "rows", rows, 19)
	for _, want := range rows {
		gotRaw, gotUnparsed := raw([]byte(want.In))
		if diff := cmp.Diff(want.Raw, gotRaw); diff != "" {
			t.Errorf("%q: fields (-want +got):\n%s", want.In, diff)
		}
		if diff := cmp.Diff(want.Unparsed, gotUnparsed); diff != "" {
			t.Errorf("%q: unparsed (-want +got):\n%s", want.In, diff)
		}
		if diff := cmp.Diff(metadataOf(want.Raw, want.Unparsed), Parse([]byte(want.In))); diff != "" {
			t.Errorf("%q: metadata (-want +got):\n%s", want.In, diff)
		}
	}
}

// metadataOf returns what Parse must return for the fields of packaging. packaging leaves a field that occurs twice
// unparsed; the first counts.
func metadataOf(raw, unparsed map[string]any) Metadata {
	text := func(key string) string {
		if all, _ := unparsed[strings.ReplaceAll(key, "_", "-")].([]any); len(all) > 0 {
			return all[0].(string)
		}
		s, _ := raw[key].(string)
		return s
	}
	list := func(key string) (values []string) {
		items, _ := raw[key].([]any)
		for _, item := range items {
			values = append(values, item.(string))
		}
		return values
	}
	return Metadata{MetadataVersion: text("metadata_version"), Name: text("name"), Version: text("version"),
		RequiresPython: text("requires_python"),
		RequiresDist:   list("requires_dist"), ProvidesExtra: list("provides_extra"), Dynamic: list("dynamic"), Classifiers: list("classifiers")}
}
