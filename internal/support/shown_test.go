package support

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everySuite are the suites of the sample, as the page shows them at first.
const everySuite = "flask flask.lowest quart-sync quart-async odd early old post undated off common common.lowest idle lint"

// TestShown shows the page in a browser.
func TestShown(t *testing.T) {
	b := newBrowser(t)
	ungrouped := sample(t)
	for i := range ungrouped.Suites {
		ungrouped.Suites[i].Group = ""
	}
	sampled, whole, foreign := sample(t).HTML(), ofReference(t).HTML(), hostile(forgeries).HTML()
	wordy := hostile(strings.Repeat("x", 300)).HTML()
	for _, tt := range []struct {
		name string
		page []byte
		test func(*testing.T, *browser)
	}{
		{"search", sampled, testSearch},
		{"filter", sampled, testFilter},
		{"without groups", ungrouped.HTML(), testUngrouped},
		{"sort", sampled, testSort},
		{"keyboard", sampled, testKeyboard},
		{"without its script", sampled, testWithoutScript},
		{"nothing of others is executed", foreign, testForeign},
		{"nothing can be loaded", sampled, testPolicy},
		{"widths", whole, testWidths},
		{"widths with long words", wordy, testWidths},
		{"phone", whole, testPhone},
		{"names", sampled, testNames},
		{"contrast, light", sampled, func(t *testing.T, b *browser) { testContrast(t, b, "light") }},
		{"contrast, dark", sampled, func(t *testing.T, b *browser) { testContrast(t, b, "dark") }},
		{"print", whole, testPrint},
	} {
		t.Run(tt.name, func(t *testing.T) {
			one := *b // with the subtest as its test; both share the browser
			one.t = t
			defer func() { b.calls = one.calls }()
			one.media("screen", "light")
			one.size(1280, 900)
			one.open(tt.page)
			tt.test(t, &one)
			if diff := cmp.Diff([]string{one.address}, one.requests); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if len(one.problems) > 0 {
				t.Errorf("the console shows %q", one.problems)
			}
		})
	}
}

// rows returns the names of the suites that the page shows, in its order.
func (b *browser) rows() string {
	b.t.Helper()
	return b.run(`return [...document.querySelectorAll("tbody tr")].filter((row) => row.getClientRects().length).map((row) => row.cells[0].dataset.key).join(" ")`)
}

// expect compares the suites that the page shows, and what it says of their number.
func (b *browser) expect(what, want string) {
	b.t.Helper()
	if got := b.rows(); got != want {
		b.t.Errorf("%s: the page shows %q, not %q", what, got, want)
	}
	says := fmt.Sprintf("Suites shown: %d of 14", len(strings.Fields(want)))
	if got := b.run(`return document.querySelector("[role=status]").textContent`); got != says {
		b.t.Errorf("%s: the page says %q, not %q", what, got, says)
	}
}

// choose chooses an option of a field by its text.
func (b *browser) choose(field, option string) {
	b.t.Helper()
	b.run(`const field = document.getElementById(%q);
		field.value = [...field.options].find((o) => o.text === %q).value;
		field.dispatchEvent(new Event("input", {bubbles: true}))`, field, option)
}

// reset empties all fields, as the button does.
func (b *browser) reset() {
	b.t.Helper()
	b.run(`document.querySelector("[type=reset]").click(); await new Promise((done) => setTimeout(done))`)
}

func testSearch(t *testing.T, b *browser) {
	b.expect("at first", everySuite)
	b.run(`document.getElementById("search").focus()`)
	for _, tt := range []struct{ words, want string }{
		{"flask", "flask flask.lowest off"},
		{"FLASK 3.1.4", ""},
		{"FLASK cannot", "flask"},
		{"imported hold", "flask"},
		{" lowest  static ", ""},
		{"no project", "common common.lowest idle lint"},
		{"in no group", "lint"},
		{"2025-06-0", "odd early"},
		{"post1", "post"},
	} {
		b.reset()
		b.write(tt.words)
		b.expect(tt.words, tt.want)
	}
	b.reset()
	b.expect("reset", everySuite)
}

func testFilter(t *testing.T, b *browser) {
	for _, tt := range []struct{ group, python, want string }{
		{"Web", "All Pythons", "flask flask.lowest quart-sync quart-async"},
		{"In no group", "All Pythons", "lint"},
		{"All groups", "3.8", "flask flask.lowest old"},
		{"All groups", "3.14t", "common"},
		{"Rest", "3.8", "old"},
		{"Web", "3.14t", ""},
		{"All groups", "All Pythons", everySuite},
	} {
		b.choose("group", tt.group)
		b.choose("python", tt.python)
		b.expect(tt.group+", "+tt.python, tt.want)
	}
	newest := func() string {
		return b.run(`const row = document.querySelector("tbody [data-key=old]").parentNode;
			const text = (of) => row.querySelector(of).innerText.replaceAll(/\s+/g, " ").trim();
			return text(".newest") + "; " + text(".days") + "; " + text("ul")`)
	}
	for _, tt := range []struct{ python, want string }{
		{"3.8", "1.0 2020-01-01; 731; 3.8 1.0"},
		{"3.9", "2.0 2022-01-01; 0; 3.9 1.0, 2.0"},
		{"All Pythons", "2.0 2022-01-01; 0; 3.8 1.0 3.9 1.0, 2.0"},
	} {
		b.choose("python", tt.python)
		if got := newest(); got != tt.want {
			t.Errorf("the suite on %s: %q, not %q", tt.python, got, tt.want)
		}
	}
}

func testUngrouped(t *testing.T, b *browser) {
	b.choose("python", "3.8")
	b.expect("3.8", "flask flask.lowest old")
	if got := b.run(`return document.body.innerText.match(/group/i)?.[0] ?? ""`); got != "" {
		t.Errorf("the page speaks of a %s", got)
	}
}

func testSort(t *testing.T, b *browser) {
	header := func(name string) string {
		return fmt.Sprintf(`[...document.querySelectorAll("thead th")].find((h) => h.innerText.trim() === %q)`, name)
	}
	for _, tt := range []struct{ column, ascending, descending string }{
		{"Suite", "common common.lowest early flask flask.lowest idle lint odd off old post quart-async quart-sync undated",
			"undated quart-sync quart-async post old off odd lint idle flask.lowest flask early common.lowest common"},
		{"Group", everySuite, "lint odd early old post undated off common common.lowest idle flask flask.lowest quart-sync quart-async"},
		{"Newest tested", "flask.lowest old quart-async quart-sync flask post undated odd early off common common.lowest idle lint",
			"odd early undated post flask quart-sync quart-async old flask.lowest off common common.lowest idle lint"},
		{"Newest known", "old quart-sync quart-async flask off post undated odd early flask.lowest common common.lowest idle lint",
			"early odd post undated flask off quart-sync quart-async old flask.lowest common common.lowest idle lint"},
		{"Days", "odd quart-sync early old undated post quart-async flask flask.lowest off common common.lowest idle lint",
			"flask quart-async post quart-sync early old undated odd flask.lowest off common common.lowest idle lint"},
	} {
		for _, want := range []struct{ order, rows string }{{"ascending", tt.ascending}, {"descending", tt.descending}} {
			b.run(`%s.querySelector("button").click()`, header(tt.column))
			b.expect(tt.column+", "+want.order, want.rows)
			orders := b.run(`return [...document.querySelectorAll("[aria-sort]")].map((h) => h.innerText.trim() + " " + h.getAttribute("aria-sort")).join()`)
			if orders != tt.column+" "+want.order {
				t.Errorf("the page says that it is sorted by %q, not %s %s", orders, tt.column, want.order)
			}
		}
	}
	b.choose("python", "3.8") // by the days of that Python
	b.expect("Days on 3.8", "old flask flask.lowest")
	b.reset()
	b.expect("reset", everySuite)
	if got := b.run(`return String(document.querySelectorAll("[aria-sort]").length)`); got != "0" {
		t.Errorf("after a reset, %s columns are sorted", got)
	}
}

// focused returns the name of what has the focus, and whether a ring shows it.
func (b *browser) focused() string {
	b.t.Helper()
	return b.run(`const e = document.activeElement, style = getComputedStyle(e);
		return (e.labels?.[0]?.firstChild.data ?? e.innerText).trim() + (style.outlineStyle === "none" ? ", without a ring" : "")`)
}

func testKeyboard(t *testing.T, b *browser) {
	var got []string
	for range 10 {
		b.press("Tab")
		got = append(got, b.focused())
	}
	want := []string{"Search", "Group", "Python", "Reset", "Suite", "Group", "Newest tested", "Newest known", "Days", "https://example.org/1?a=b&c=d"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the order of what has the focus (-want +got):\n%s", diff)
	}
	b.press("/")
	b.write("old/") // in the field, a slash is a slash
	if got := b.focused() + ": " + b.run(`return document.activeElement.value`); got != "Search: old/" {
		t.Errorf("after the key /, the focus is on %q", got)
	}
	b.expect("old/", "")
	b.press("Enter")
	b.expect("enter", "")
	b.press("Escape")
	b.expect("escape", everySuite)
	b.press("Tab")
	b.press("ArrowDown")
	b.expect("the first group", "flask flask.lowest quart-sync quart-async")
	b.press("Tab")
	b.press("Tab")
	b.press("Tab")
	b.press("Enter")
	b.expect("sorted", "flask flask.lowest quart-async quart-sync")
	b.press("Enter")
	b.expect("sorted the other way", "quart-sync quart-async flask.lowest flask")
	if got := b.focused(); got != "Suite" {
		t.Errorf("after sorting, the focus is on %q", got)
	}
}

func testWithoutScript(t *testing.T, b *browser) {
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	b.open(sample(t).HTML())
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": false})
	if got := b.rows(); got != everySuite {
		t.Errorf("the page shows %q", got)
	}
	if got := b.run(`return String(document.querySelectorAll("form").length) + document.querySelector("form").getClientRects().length`); got != "10" {
		t.Error("the page shows fields that do nothing")
	}
}

func testForeign(t *testing.T, b *browser) {
	if got := b.run(`return [typeof hacked, document.scripts.length, document.images.length, document.querySelectorAll("[onclick]").length].join()`); got != "undefined,1,0,0" {
		t.Errorf("what is executed, scripts, images, handlers: %s", got)
	}
	if text := b.run(`return document.querySelector(".newest").textContent`); !strings.Contains(text, "</style><script>hacked=1</script>") {
		t.Errorf("the text is %q", text)
	}
	b.run(`document.querySelectorAll("td, th, li").forEach((e) => e.click())`)
	if got := b.run(`return typeof hacked`); got != "undefined" {
		t.Error("a click executes a text")
	}
}

// testPolicy puts into the page what a mistake in its template could put there.
func testPolicy(t *testing.T, b *browser) {
	b.run(`window.violations = new Set(); document.addEventListener("securitypolicyviolation", (e) => violations.add(e.effectiveDirective))`)
	var wants []string
	for _, tt := range []struct{ name, script, want string }{
		{"image", `new Image().src = "https://example.org/x.png"`, "img-src"},
		{"script", `const s = document.createElement("script"); s.src = "https://example.org/x.js"; document.body.append(s)`, "script-src-elem"},
		{"inline script", `const s = document.createElement("script"); s.text = "hacked = 1"; document.body.append(s)`, "script-src-elem"},
		{"handler", `document.body.setAttribute("onclick", "hacked = 1"); document.body.click()`, "script-src-attr"},
		{"evaluation", `const run = setTimeout; run("hacked = 1")`, "script-src"},
		{"style", `const s = document.createElement("link"); s.rel = "stylesheet"; s.href = "https://example.org/x.css"; document.head.append(s)`, "style-src-elem"},
		{"inline style", `document.body.setAttribute("style", "color: red")`, "style-src-attr"},
		{"frame", `const f = document.createElement("iframe"); f.src = "https://example.org/"; document.body.append(f)`, "frame-src"},
		{"request", `await fetch("https://example.org/").catch(() => {})`, "connect-src"},
		{"beacon", `navigator.sendBeacon("https://example.org/")`, "connect-src"},
		{"base", `const base = document.createElement("base"); base.href = "https://example.org/"; document.head.append(base)`, "base-uri"},
		{"form", `const f = document.createElement("form"); f.action = "https://example.org/"; document.body.append(f); f.submit()`, "form-action"},
	} {
		wants = append(wants, tt.want)
		// What has another process of the browser do something is refused when that answers.
		if got := b.run(`violations.delete(%[1]q); %[2]s; const late = Date.now() + 60_000;
			while (!violations.has(%[1]q) && Date.now() < late) {
				await new Promise((done) => setTimeout(done, 5));
			}
			return String(violations.has(%[1]q))`, tt.want, tt.script); got != "true" {
			t.Errorf("%s: the browser does not refuse it", tt.name)
		}
	}
	slices.Sort(wants)
	if diff := cmp.Diff(strings.Join(slices.Compact(wants), " "), b.run(`return [...violations].sort().join(" ")`)); diff != "" {
		t.Errorf("what the browser refuses (-want +got):\n%s", diff)
	}
	if got := b.run(`return typeof hacked`); got != "undefined" {
		t.Error("what is refused is executed")
	}
	b.open(sample(t).HTML()) // the console has shown what was refused
}

// testWidths checks that nothing is wider than the window.
func testWidths(t *testing.T, b *browser) {
	for _, width := range []int{320, 360, 390, 480, 600, 768, 1024, 1152, 1153, 1280, 1920, 2560} {
		b.size(width, 800)
		if got := b.run(`const wide = document.documentElement.clientWidth;
			return [...document.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > wide + .5 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== "inline" && e.type !== "search")
				.map((e) => e.tagName + " " + e.className + " " + e.textContent.slice(0, 30)).slice(0, 5).join("; ")`); got != "" {
			t.Errorf("at %d pixels these do not fit: %s", width, got)
		}
		b.wholeWords(width)
	}
}

// wholeWords checks that no word of a heading of a column is broken.
func (b *browser) wholeWords(width int) {
	b.t.Helper()
	if got := b.run(`const broken = [], range = document.createRange(), texts = document.createTreeWalker(document.querySelector("thead"), NodeFilter.SHOW_TEXT);
		for (let text; (text = texts.nextNode()); ) {
			for (const word of text.data.matchAll(/\S+/g)) {
				range.setStart(text, word.index);
				range.setEnd(text, word.index + word[0].length);
				if (range.getClientRects().length > 1) {
					broken.push(word[0]);
				}
			}
		}
		return broken.join()`); got != "" {
		b.t.Errorf("at %d pixels these words are broken: %s", width, got)
	}
}

func testPhone(t *testing.T, b *browser) {
	b.size(360, 740)
	b.keep("phone.png", "Page.captureScreenshot", nil)
	if got := b.run(`return [...document.querySelectorAll("input, select, button")].filter((e) => e.getBoundingClientRect().height < 40).map((e) => e.innerText).join()`); got != "" {
		t.Errorf("too small for a finger: %s", got)
	}
	if got := b.run(`return [...document.querySelectorAll("tbody td")].filter((e) => e.childNodes.length > 0 && !getComputedStyle(e, "::before").content.includes(e.dataset.label)).length + " " +
		[...document.querySelectorAll("tbody td")].filter((e) => e.childNodes.length === 0 && e.getClientRects().length > 0).length`); got != "0 0" {
		t.Errorf("cells without a label, empty cells: %s", got)
	}
	b.size(1280, 900)
	b.keep("light.png", "Page.captureScreenshot", nil)
	b.media("screen", "dark")
	b.keep("dark.png", "Page.captureScreenshot", nil)
}

// An accessible is a part of the page as programs for blind people get it.
type accessible struct {
	Ignored bool
	Role    struct{ Value string }
	Name    struct{ Value string }
}

func testNames(t *testing.T, b *browser) {
	controls := []string{"button Days", "button Group", "button Newest known", "button Newest tested", "button Reset", "button Suite",
		"combobox Group", "combobox Python", "searchbox Search", "table Suites"}
	parts := []string{"RootWebArea What sdk is tested with", "heading What sdk is tested with", "main ", "search ", "status "}
	for _, width := range []int{1280, 360} { // on a phone, rows are no rows to CSS
		b.size(width, 900)
		var tree struct{ Nodes []accessible }
		b.into(&tree, "Accessibility.getFullAXTree", nil)
		var got []string
		count := map[string]int{}
		for _, node := range tree.Nodes {
			if node.Ignored {
				continue
			}
			count[node.Role.Value]++
			text := node.Role.Value + " " + node.Name.Value
			switch node.Role.Value {
			case "searchbox", "combobox", "button", "table":
				got = append(got, text)
			case "link", "columnheader", "rowheader", "heading", "option":
				if strings.TrimSpace(node.Name.Value) == "" {
					t.Errorf("at %d pixels: a %s has no name", width, node.Role.Value)
				}
			}
			parts = slices.DeleteFunc(parts, func(p string) bool { return p == text || p == node.Role.Value+" " })
		}
		slices.Sort(got) // the tree is not in the order of the page
		if diff := cmp.Diff(controls, got); diff != "" {
			t.Errorf("at %d pixels, the controls (-want +got):\n%s", width, diff)
		}
		if count["rowheader"] != 14 || count["row"] != 15 || count["columnheader"] != map[int]int{1280: 9, 360: 5}[width] {
			t.Errorf("at %d pixels there are %v", width, count)
		}
	}
	if got := b.run(`return [...document.querySelectorAll("table, thead, tbody, tr, th, td")].filter((e) => !e.role).length.toString()`); got != "0" {
		t.Errorf("%s parts of the table lose their meaning in some browsers", got)
	}
	if len(parts) > 0 {
		t.Errorf("the page lacks %q", parts)
	}
	if got := b.run(`const ids = [...document.querySelectorAll("[id]")].map((e) => e.id); return document.documentElement.lang + " " + (new Set(ids).size === ids.length)`); got != "en true" {
		t.Errorf("language, and are all ids different: %s", got)
	}
}

// contrasts is a script that returns the texts, and the borders of fields, that stand out too little from what is behind them
// (WCAG 2.2, 1.4.3 and 1.4.11), and how many it looked at.
const contrasts = `
	const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
	const parse = (color) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const color = parse(getComputedStyle(e).backgroundColor);
			if (color[3] === 255) {
				return color;
			}
		}
		return [255, 255, 255, 255];
	};
	const light = (color) => {
		const [r, g, b] = color.slice(0, 3).map((c) => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
	let count = 0;
	const faint = [];
	const look = (what, color, back, least) => {
		count++;
		if (ratio(parse(color), back) < least) {
			faint.push(what + " " + ratio(parse(color), back).toFixed(2));
		}
	};
	for (const e of document.querySelectorAll("body *")) {
		if (e.getClientRects().length === 0 || e.tagName === "OPTION") {
			continue;
		}
		const style = getComputedStyle(e), field = e.matches("input, select, [type=reset]");
		if (field || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== "")) {
			look(e.tagName + " " + e.textContent.trim().slice(0, 20), style.color, behind(e), 4.5);
		}
		for (const part of ["::before", "::after", "::placeholder"]) {
			if (part === "::placeholder" ? e.placeholder : getComputedStyle(e, part).content !== "none" && getComputedStyle(e, part).content !== "normal") {
				look(e.tagName + part, getComputedStyle(e, part).color, behind(e), 4.5);
			}
		}
		if (field) {
			look("border of " + e.id, style.borderTopColor, behind(e.parentElement), 3);
			e.focus({focusVisible: true});
			look("ring of " + e.id, getComputedStyle(e).outlineColor, behind(e.parentElement), 3);
		}
	}
	return count + " " + faint.join("; ")`

func testContrast(t *testing.T, b *browser, scheme string) {
	b.media("screen", scheme)
	backs := map[string]string{"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}
	if got := b.run(`return getComputedStyle(document.body).backgroundColor`); got != backs[scheme] {
		t.Errorf("the background is %s, not %s", got, backs[scheme])
	}
	b.run(`document.querySelector("thead button").click()`)
	for _, width := range []int{1280, 360} {
		b.size(width, 900)
		count, faint, _ := strings.Cut(b.run("%s", contrasts), " ")
		if faint != "" || len(count) < 3 {
			t.Errorf("at %d pixels, of %s these are too faint: %s", width, count, faint)
		}
	}
}

func testPrint(t *testing.T, b *browser) {
	b.run(`document.getElementById("search").value = "o r"`)
	b.choose("group", "DBs")
	b.choose("python", "3.7")
	want := b.rows()
	b.media("print", "dark")
	b.size(1046, 740) // A4, landscape, without its margins
	if got := b.rows(); got != want || got == "" {
		t.Errorf("printed are %q, not what is shown, %q", got, want)
	}
	if got := b.run(`return document.getElementById("chosen").innerText`); got != "Search: o r; Group: DBs; Python: 3.7" {
		t.Errorf("the page says that it shows %q", got)
	}
	b.wholeWords(1046)
	if got := b.run(`return [document.querySelector("form").getClientRects().length, getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,
		getComputedStyle(document.querySelector("thead")).display, getComputedStyle(document.querySelector("tbody tr:not([hidden])")).display, document.documentElement.scrollWidth <= 1046].join("; ")`); got != "0; rgb(255, 255, 255); rgb(27, 31, 36); table-header-group; table-row; true" {
		t.Errorf("fields; background; text; head; rows; do they fit: %s", got)
	}
	b.media("", "dark")
	b.keep("page.pdf", "Page.printToPDF", map[string]any{"preferCSSPageSize": true})
}
