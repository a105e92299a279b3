package report

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	document "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// TestBrowser opens pages in a real Chromium: what people see, what the keyboard does,
// and what a provider's text cannot do.
func TestBrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	lies := b.write(t, mixedPage())
	t.Run("the first screen", func(t *testing.T) { b.firstScreen(t, b.write(t, incident(12, 10))) })
	t.Run("keyboard", func(t *testing.T) { b.keyboard(t, lies) })
	t.Run("filters", func(t *testing.T) { b.filters(t, lies) })
	t.Run("contrast and access", func(t *testing.T) { b.readable(t, lies) })
	t.Run("hostile text", func(t *testing.T) { b.hostile(t) })
	t.Run("the policy", func(t *testing.T) { b.policy(t, lies) })
	t.Run("two thousand cells", func(t *testing.T) { b.large(t) })
}

// A browser is a Chromium with a profile of its own.
type browser struct {
	ctx context.Context
	dir string
}

// chromium is the path of a browser, "" where there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := chromium()
	if path == "" && os.Getenv("POLYGRAPH_PROVIDERS") != "" {
		t.Fatal("there is no chromium, and .ci/providers should have installed it")
	}
	if path == "" {
		t.Skip("NOT TESTED in a browser: there is no chromium; .ci/providers installs it")
	}
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	for _, flag := range []string{"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	options = append(options, chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &browser{ctx, t.TempDir()}
}

// write writes a run's page to a file.
func (b *browser) write(t *testing.T, run *engine.Finished) string {
	t.Helper()
	var text strings.Builder
	if err := HTML(&text, run, ResultsOf(run)); err != nil {
		t.Fatal(err)
	}
	return b.save(t, text.String())
}

func (b *browser) save(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(b.dir, strings.ReplaceAll(t.Name(), "/", "-")+".html")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A tab is an open page, with what it asked of the network.
type tab struct {
	t    *testing.T
	ctx  context.Context
	mu   sync.Mutex
	sent []string
}

// open opens a file in a tab of this size; a scheme is light or dark, "" for the browser's own.
func (b *browser) open(t *testing.T, path string, width, height int64, scheme string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	p.must(chromedp.Listen(ctx, func(event any) {
		if request, ok := event.(*network.EventRequestWillBeSent); ok && request.Request.URL != "file://"+path {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.sent = append(p.sent, request.Request.URL)
		}
	}))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	p.must(err)
	_, err = chromedp.Call(ctx, document.AddScriptToEvaluateOnNewDocument, document.AddScriptToEvaluateOnNewDocumentParams{Source: `window.mistakes = [];
		addEventListener("error", (e) => mistakes.push(e.message));
		document.addEventListener("securitypolicyviolation", (e) => mistakes.push("policy: " + e.violatedDirective));`})
	p.must(err)
	if scheme != "" {
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		p.must(err)
	}
	var options []chromedp.EmulateViewportOption
	if width < 600 {
		options = append(options, chromedp.EmulateMobile)
	}
	p.do(chromedp.EmulateViewport(width, height, options...), chromedp.Navigate("file://"+path))
	return p
}

func (p *tab) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	p.must(chromedp.Do(ctx, steps...))
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// choose takes the label with this text.
func (p *tab) choose(text string) {
	p.t.Helper()
	p.run(`const label = document.querySelector("#label");
		label.value = [...label.options].find((o) => o.textContent === "` + text + `").value;
		label.dispatchEvent(new Event("change"));`)
}

// run runs a script for what it does.
func (p *tab) run(script string) {
	p.t.Helper()
	p.say("(() => { " + script + " })(); null ?? 0")
}

// say gives what a script answers, as text.
func (p *tab) say(script string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[any](script))
	p.must(err)
	return fmt.Sprint(out)
}

func (p *tab) want(what, script, want string) {
	p.t.Helper()
	if got := p.say(script); got != want {
		p.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func (p *tab) key(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		p.do(chromedp.KeyEvent(key))
	}
}

// calm says that nothing went wrong in the page, and that it asked for nothing.
func (p *tab) calm() {
	p.t.Helper()
	p.want("mistakes of the script or against the policy", `mistakes.join("; ")`, "")
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sent) > 0 {
		p.t.Errorf("the page asked for %q", p.sent)
	}
}

// narrow says that the page does not scroll sideways.
func (p *tab) narrow() {
	p.t.Helper()
	p.want("wider than the screen, in pixels", `Math.max(0, document.scrollingElement.scrollWidth - innerWidth)`, "0")
	p.want("dialog wider than the screen", `(() => { const d = document.querySelector("dialog[open]"); return d ? Math.max(0, d.scrollWidth - d.clientWidth) : 0 })()`, "0")
}

// within says whether an element is wholly on the first screen.
const within = `(selector) => { const r = document.querySelector(selector).getBoundingClientRect(); return r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth && r.height > 0 }`

func (b *browser) firstScreen(t *testing.T, path string) {
	for _, size := range [][2]int64{{1280, 800}, {390, 844}} {
		p := b.open(t, path, size[0], size[1], "")
		for _, selector := range []string{"h1", ".lie.lied .says", ".lie.lied .why", "#matrix td .mark.lied"} {
			p.want(fmt.Sprintf("%v: %s on the first screen", size, selector), `(`+within+`)("`+selector+`")`, "true")
		}
		text := p.say(`document.querySelector(".lie.lied").innerText.replace(/\s+/g, " ")`)
		for _, part := range []string{"shop-oslo is lied to by publishReview", "said to be done, and nothing came of it", `lacks "reviews:publish"`} {
			if !strings.Contains(text, part) {
				t.Errorf("%v: the first screen does not say %q: %s", size, part, text)
			}
		}
		p.narrow()
		p.want("dots and crosses", `document.querySelectorAll("#plot circle").length + " " + document.querySelectorAll("#plot path").length`, "119 1")
		p.click(".lie.lied")
		p.want("opened", `document.querySelector("dialog").open`, "true")
		p.narrow()
		p.calm()
	}
}

func (b *browser) keyboard(t *testing.T, path string) {
	p := b.open(t, path, 1280, 800, "")
	p.want("squares that tab comes to", `document.querySelectorAll("#matrix [tabindex='0']").length`, "1")
	for i := 0; p.say(`document.activeElement.getAttribute("role")`) != "gridcell"; i++ {
		if i == 40 {
			t.Fatal("tab does not come to the matrix")
		}
		p.key(kb.Tab)
	}
	place := `(() => { const c = document.activeElement; return c.closest("tr").sectionRowIndex + " " + c.cellIndex })()`
	p.want("where tab comes to", place, "0 1")
	p.want("the focus shows", `getComputedStyle(document.activeElement.querySelector(".mark")).outlineStyle`, "solid")
	for _, step := range []struct{ key, to string }{
		{kb.ArrowRight, "0 2"}, {kb.ArrowDown, "1 2"}, {kb.ArrowLeft, "1 1"}, {kb.ArrowLeft, "1 1"}, {kb.End, "1 4"},
		{kb.PageDown, "2 4"}, {kb.ArrowDown, "2 4"}, {kb.Home, "2 1"}, {kb.ArrowUp, "1 1"}, {kb.PageUp, "0 1"},
	} {
		p.key(step.key)
		p.want(fmt.Sprintf("after %q", step.key), place, step.to)
	}
	p.want("squares that tab comes to afterwards", `document.querySelectorAll("#matrix [tabindex='0']").length`, "1")
	p.key(kb.Enter)
	p.want("enter opens", `document.querySelector("dialog").open + " " + document.querySelector("#cell-title").innerText`, "true "+publishing)
	p.want("the focus is in it", `document.querySelector("dialog").contains(document.activeElement)`, "true")
	p.want("the first command", `document.querySelector(".command pre").textContent.split(" ")[0]`, "curl")
	p.click(".command .copy")
	p.do(chromedp.Sleep(100 * time.Millisecond))
	p.want("it is copied, or selected to be", `["Copied", "Selected"].includes(document.querySelector(".command .copy").textContent)`, "true")
	p.key(kb.Escape)
	p.want("escape closes", `document.querySelector("dialog").open`, "false")
	p.want("the focus is back", place, "0 1")
	p.calm()
}

func (b *browser) filters(t *testing.T, path string) {
	p := b.open(t, path, 1280, 800, "")
	squares := `document.querySelectorAll("#matrix td[data-cell]").length`
	shown := `document.querySelector("#shown").innerText`
	p.want("at first", squares, "12")
	p.click(`.chip[data-class=lied]`)
	p.want("lied", squares+` + " " + `+shown, "1 1 of 13 cells shown")
	p.click(`.chip[data-class=broken]`)
	p.want("lied or broken", shown, "2 of 13 cells shown")
	p.click("#clear")
	p.want("all again", squares+` + `+shown, "12")
	p.do(chromedp.SendKeys(chromedp.CSS("#account"), "OSLO"))
	p.want("one account", squares+` + " " + `+shown, "3 4 of 13 cells shown")
	p.click("#clear")
	p.choose("publishReview")
	p.want("one operation", shown, "5 of 13 cells shown")
	p.choose("eu")
	p.want("one tag", shown, "4 of 13 cells shown")
	p.do(chromedp.SendKeys(chromedp.CSS("#account"), "nobody of this name"))
	p.want("nothing", squares+` + document.querySelector("#matrix").innerText`, "0No cell matches.")
	p.calm()
}

// contrasts gives the texts whose contrast with what is behind them is under 4.5 (WCAG 2.2, 1.4.3).
const contrasts = `(() => {
	const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
	const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
	const bad = []; let n = 0;
	const root = document.querySelector("dialog[open]") || document.body;
	for (const e of root.querySelectorAll("*")) {
		const own = [...e.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
		const pseudo = getComputedStyle(e, "::before").content;
		if (!(own || e.classList.contains("mark")) || !e.getClientRects().length || e.closest("script, style, noscript, option")) continue;
		const svg = e instanceof SVGElement;
		const a = light(parse(svg ? getComputedStyle(e).fill : getComputedStyle(e).color)), b = light(behind(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); n++;
		if (ratio < 4.5) bad.push(e.tagName + "." + e.className + " " + ratio.toFixed(2) + ": " + e.textContent.slice(0, 30));
	}
	return n < 20 ? "only " + n + " texts" : [...new Set(bad)].join("; ");
})()`

// rules are what a program that reads pages aloud, or a thumb, stumbles over.
const rules = `(() => {
	const bad = [];
	const rule = (what, selector, ok) => { for (const e of document.querySelectorAll(selector)) if (!ok(e)) bad.push(what + ": " + e.outerHTML.slice(0, 80)); };
	const named = (e) => (e.getAttribute("aria-label") || e.innerText || "").trim() !== "";
	rule("a button without a name", "button", (e) => !e.getClientRects().length || named(e));
	rule("a field without a label", "input, select", (e) => e.labels.length === 1 && e.labels[0].innerText.trim() !== "");
	rule("a picture without a name", "svg[role=img]", named);
	rule("a label that names nothing", "[aria-labelledby], [aria-describedby]", (e) => ["aria-labelledby", "aria-describedby"].every((a) => !e.hasAttribute(a) || document.getElementById(e.getAttribute(a))));
	rule("an id twice", "[id]", (e) => document.querySelectorAll("#" + CSS.escape(e.id)).length === 1);
	rule("a square without a name", "[role=gridcell]", (e) => named(e) && e.getAttribute("aria-label").split(": ").length > 1);
	rule("a square outside of a grid", "[role=gridcell]", (e) => e.closest("table[role=grid]") && e.parentNode.querySelector("th[scope=row]"));
	rule("a target under 24 pixels", "button, input, select, summary, td[data-cell]", (e) => { const r = e.getBoundingClientRect(); return !e.getClientRects().length || r.height >= 24 && r.width >= 24; });
	rule("a switch that is neither on nor off", "[aria-pressed]", (e) => ["true", "false"].includes(e.getAttribute("aria-pressed")));
	rule("a tab order by hand", "[tabindex]", (e) => e.tabIndex <= 0);
	const levels = [...document.querySelectorAll("dialog[open] h2, dialog[open] h3, dialog[open] h4, dialog[open] h5")].concat(document.querySelector("dialog[open]") ? [] : [...document.querySelectorAll("h1, h2, h3")]).map((h) => Number(h.tagName[1]));
	if (levels.some((level, i) => i > 0 && level > levels[i - 1] + 1)) bad.push("headings skip a level: " + levels);
	if (document.documentElement.lang !== "en" || !document.title || document.querySelectorAll("main").length !== 1 || document.querySelectorAll("h1").length !== 1) bad.push("the frame");
	return [...new Set(bad)].join("\n");
})()`

// readable opens the page on a large and on a small screen, the one light and the other
// dark, and asks for contrast and for the rules.
func (b *browser) readable(t *testing.T, path string) {
	for scheme, width := range map[string]int64{"light": 1280, "dark": 390} {
		p := b.open(t, path, width, 844, scheme)
		p.want("the scheme", `matchMedia("(prefers-color-scheme: dark)").matches`, fmt.Sprint(scheme == "dark"))
		p.run(`document.querySelectorAll("main details").forEach((d) => d.open = true)`)
		p.want(scheme+", texts that are hard to read", contrasts, "")
		p.want(scheme+", rules that are broken", rules, "")
		p.click(`.chip[data-class=lied]`)
		p.click(".lie.lied")
		p.run(`document.querySelectorAll("dialog details").forEach((d) => d.open = true)`)
		p.want(scheme+", texts that are hard to read in an opened cell", contrasts, "")
		p.want(scheme+", rules that are broken in an opened cell", rules, "")
	}
}

func (b *browser) hostile(t *testing.T) {
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer server.Close()
	path := b.write(t, hostilePage(server.URL))
	for _, width := range []int64{1280, 390} {
		p := b.open(t, path, width, 844, "")
		p.narrow()
		for n := 1; n <= 3; n++ {
			p.run(fmt.Sprintf(`location.hash = "#%d"`, n))
			p.do(chromedp.Sleep(50 * time.Millisecond))
			p.want("opened", `document.querySelector("dialog").open`, "true")
			p.run(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
			p.narrow()
			p.want("what a provider has brought in", `document.querySelectorAll("img, iframe, object, embed, link, base, video, audio, form:not(#filters), [onerror], [onload], [onclick], [style]").length`, "0")
			p.want("scripts", `document.scripts.length`, "2")
			p.want("links that lead away", `[...document.querySelectorAll("a")].filter((a) => !a.getAttribute("href").startsWith("#x")).length`, "0")
			p.want("characters that act", `/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText + document.title)`, "false")
			p.want("the canary", `typeof canary`, "undefined")
		}
		p.want("no layout explosion", `document.querySelectorAll("*").length < 5000`, "true")
		p.calm()
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// policy puts into the page what a hole in the escaping would let in: the policy stops it.
func (b *browser) policy(t *testing.T, path string) {
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer server.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.ReplaceAll(`<script>canary = 1</script><img src="URL/a" onerror="canary = 1"><iframe src="URL/b"></iframe><link rel="stylesheet" href="URL/c">
		<script src="URL/d"></script><style>body { background: url(URL/e) }</style><a id="bad" href="javascript:canary = 1">x</a></main>`, "URL", server.URL)
	p := b.open(t, b.save(t, strings.Replace(string(text), "</main>", bad, 1)), 1280, 800, "")
	p.run(`fetch("` + server.URL + `/f").catch(() => {}); document.querySelector("#bad").click()`)
	p.do(chromedp.Sleep(300 * time.Millisecond))
	p.want("the canary", `typeof canary`, "undefined")
	if got := p.say(`mistakes.length > 4`); got != "true" {
		t.Errorf("the policy has stopped nothing: %s", p.say(`mistakes.join("; ")`))
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func (b *browser) large(t *testing.T) {
	path := b.write(t, largePage(20, 100, 20))
	began := time.Now()
	p := b.open(t, path, 1280, 800, "")
	p.want("squares", `document.querySelectorAll("#matrix td[data-cell]").length`, "2000")
	took := time.Since(began)
	script := p.say(`(() => { const n = performance.getEntriesByType("navigation")[0]; return Math.round(n.loadEventEnd) })()`)
	began = time.Now()
	p.click(`.chip[data-class=lied]`)
	p.want("lied", `document.querySelectorAll("#matrix td[data-cell]").length`, "20")
	t.Logf("2000 cells: opened and drawn in %v (%s ms until load in the page), filtered in %v", took.Round(time.Millisecond), script, time.Since(began).Round(time.Millisecond))
	if took > 20*time.Second { // some tenths on a quiet machine; a page that is quadratic takes minutes
		t.Errorf("the page took %v", took)
	}
	p.calm()
}
