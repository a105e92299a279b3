package report

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// accused is a run of two cells, a lie and its control, in which every text of a
// provider or a contract is the one given.
func accused(text string) (run *engine.Finished, lie, control *engine.Result) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	cell := func(number int, account string, v verdict.Verdict) *engine.Result {
		exchange := func(n int64, method, url, body string) *wire.Exchange {
			return &wire.Exchange{
				Number: n, Eyes: account, Call: text, Method: method, URL: url, RequestBody: body, Status: 200, Proto: "HTTP/1.1", Proof: "bearer",
				RequestHeader: wire.Head{{Name: "Authorization", Value: wire.Mask}, {Name: "X-Text", Value: text}},
				ReplyHeader:   wire.Head{{Name: "X-Request-Id", Value: text}}, ReplyBody: `{"id":` + "8841" + `,"text":"` + text + `"}`,
				SentAt: at.Add(time.Duration(n) * time.Second), SaidAt: at.Add(time.Duration(n)*time.Second + time.Millisecond), Sends: 1,
			}
		}
		return &engine.Result{
			Number: number, Operation: text, Place: "a.contract.yaml:1", Verdict: v, Started: at, Ended: at,
			Record: &verdict.Record{
				Cell:    verdict.Cell{Contract: text, Account: account, Target: text},
				Act:     &verdict.Act{Call: text, Operation: text, Method: "POST", Eyes: account, Exchange: 2, Sends: 1, Status: 200, SentAt: 2 * time.Second, SaidAt: 2*time.Second + time.Millisecond, Marker: "pgaaaaaaaaaaaaaa"},
				Things:  []verdict.Thing{{Name: text, Key: "8841", Marker: "pgbbbbbbbbbbbbbb", Account: account}},
				Effects: []verdict.Effect{{Verb: contracts.Updates, Sentence: text, Thing: text, Want: map[string]any{text: text}, Where: []verdict.Where{{Place: 0, Within: time.Second}}}},
				Places: []verdict.Place{{Probe: text, Look: verdict.ByKey, Eyes: account, Call: text, Readings: []verdict.Reading{
					{Exchange: 3, SentAt: 3 * time.Second, GotAt: 3 * time.Second, Known: verdict.Value, Value: map[string]any{text: text}}}}},
			},
			Exchanges: []*wire.Exchange{
				exchange(1, "POST", "http://127.0.0.1:9/things", `{"title":"Made pgbbbbbbbbbbbbbb `+text+`"}`),
				exchange(2, "POST", "http://127.0.0.1:9/things/8841/publish", text),
				exchange(3, "GET", "http://127.0.0.1:9/things/8841", ""),
				exchange(4, "DELETE", "http://127.0.0.1:9/things/8841", ""),
			},
		}
	}
	lie = cell(1, "shop-oslo", verdict.Verdict{Class: verdict.Lied, Kind: verdict.LostWrite, Claim: contracts.Done, Findings: []verdict.Finding{
		{Class: verdict.Lied, Kind: verdict.LostWrite, Effect: 0, Place: 0, Said: text, Seen: text + " (1 read)", Want: text, Reason: text}}})
	control = cell(2, text, verdict.Verdict{Class: verdict.Kept, Claim: contracts.Done})
	return &engine.Finished{ID: "7f3a", Target: text, Suite: text, Started: at, Ended: at, Results: []*engine.Result{lie, control}}, lie, control
}

// TestTicketOfHostileTexts wants of every text that stands in a ticket that it is code
// and nothing else.
func TestTicketOfHostileTexts(t *testing.T) {
	t.Parallel()
	for _, text := range append([]string{
		"@everybody", "#12", "![x](https://evil.example/x.png)", "[x](https://evil.example)", "<img src=x onerror=alert(1)>", "</details>", "`", "``", "```", "````\n# Not ours",
		"https://evil.example", "x\n## Not ours\n", "| a | b |", "~~~", "<!--", "&lt;",
	}, hostileTexts...) {
		run, lie, control := accused(text)
		var out strings.Builder
		if err := Ticket(&out, EvidenceOf(run, lie, control, text)); err != nil {
			t.Fatal(err)
		}
		if safe := Text(out.String()); safe != out.String() {
			t.Errorf("%q: the ticket acts where it is shown", text)
		}
		outside := outsideCode(t, text, out.String())
		for _, mark := range []string{"@", "](", "<", "evil", "Not ours", "touch", "pgbbb"} {
			if strings.Contains(outside, mark) {
				t.Errorf("%q: %q stands in the ticket's own text:\n%s", text, mark, outside)
			}
		}
	}
}

// outsideCode is a page of Markdown without its code, by the rules of CommonMark for
// fences (4.5) and code spans (6.1).
func outsideCode(t *testing.T, text, page string) string {
	var out strings.Builder
	fence := ""
	for _, line := range strings.Split(page, "\n") {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence != "" && len(ticks) >= len(fence) && strings.Trim(line, "` ") == "":
			fence = ""
		case fence != "":
		case len(ticks) >= 3 && !strings.Contains(line[len(ticks):], "`"):
			fence = ticks
		default:
			out.WriteString(withoutSpans(t, text, line) + "\n")
		}
	}
	if fence != "" {
		t.Errorf("%q: a block of code never ends", text)
	}
	return out.String()
}

func withoutSpans(t *testing.T, text, line string) string {
	out := ""
	for {
		before, rest, found := strings.Cut(line, "`")
		out += before
		if !found {
			return out
		}
		ticks := 1 + len(rest) - len(strings.TrimLeft(rest, "`"))
		rest = rest[ticks-1:]
		end := closing(rest, ticks)
		if end < 0 {
			t.Errorf("%q: a span of code never ends: %s", text, line)
			return out
		}
		line = rest[end+ticks:]
	}
}

// closing is where as many backticks stand as a span began with, no more.
func closing(text string, ticks int) int {
	for at := 0; at < len(text); {
		run := 0
		for at+run < len(text) && text[at+run] == '`' {
			run++
		}
		if run == ticks {
			return at
		}
		at += max(run, 1)
	}
	return -1
}

func TestTicketSaysWhatSupportAsksFor(t *testing.T) {
	t.Parallel()
	run, lie, control := accused("plain")
	var out strings.Builder
	if err := Ticket(&out, EvidenceOf(run, lie, control, "differs only here: it does")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# `plain`: said to be done, and nothing came of it\n",
		"On 23 November 2026 `plain` was sent as `shop-oslo`, and answered **200**. Said to be done, and nothing came of it; 1 other account was told the truth.\n",
		"- **sent**: `plain` as `shop-oslo`, once, at 2026-11-23 12:00:02.000 UTC\n",
		"- **by whom**: `shop-oslo`\n",
		"- **request ids**: `x-request-id: plain`\n",
		"one of them is the control, `plain` (`x-request-id: plain`)\n",
		"- **suspected cause**: `differs only here: it does`\n",
		"- `$POLYGRAPH_SHOP_OSLO_BEARER`: `the bearer token of shop-oslo`\n",
		"- `plain as shop-oslo shows plain with plain=\"plain\", and all else as before within 1 s of the reply`\n",
		"- `it can be seen at a later time: then say after how long it is visible at the latest`\n",
		"## reproduce.sh\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, out.String())
		}
	}
}

func TestEvidenceIsTheSameAfterAJourney(t *testing.T) {
	t.Parallel()
	run, lie, control := accused("a\u009b<&>\u2028")
	e := EvidenceOf(run, lie, control, "x")
	text, err := e.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if Text(string(text)) != string(text) || bytes.Contains(text[:len(text)-1], []byte("\n")) {
		t.Errorf("it acts where it is shown, or is more than a line")
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	for name, laidOut := range map[string][]byte{"as written": text, "indented": pretty.Bytes()} {
		again, hash, err := ReadEvidence(laidOut)
		if err != nil || hash != HashOf(text) {
			t.Fatalf("%s: %v, hash %s and not %s", name, err, hash, HashOf(text))
		}
		var before, after strings.Builder
		_, _ = Ticket(&before, e), Ticket(&after, again)
		if before.String() != after.String() {
			t.Errorf("%s: the ticket is another", name)
		}
	}
	changed := bytes.Replace(text, []byte("8841"), []byte("8842"), 1)
	if _, hash, err := ReadEvidence(changed); err != nil || hash == HashOf(text) {
		t.Errorf("one digit more or less has the same hash (%v)", err)
	}
	for name, bad := range map[string]string{"nothing": "", "no object": "[]", "another": `{"form":"x"}`, "two": string(text) + string(text), "no cell": `{"form":"` + evidenceForm + `"}`} {
		if _, _, err := ReadEvidence([]byte(bad)); err == nil {
			t.Errorf("%s is read as evidence", name)
		}
	}
}

func TestEveryKindThatAccusesCanBeProvedWrong(t *testing.T) {
	t.Parallel()
	lines := falsifierLines()
	at := 0
	for _, row := range verdict.Kinds() {
		if row.Class != verdict.Lied && row.Class != verdict.Broken {
			continue
		}
		if at >= len(lines) || lines[at].kind != row.Kind || lines[at].wrongIf == "" {
			t.Fatalf("%s has no falsifier in its place", row.Kind)
		}
		at++
	}
	if at != len(lines) {
		t.Errorf("%d falsifiers are of no kind", len(lines)-at)
	}
}

// TestScriptRunsNoText has a shell play scripts full of hostile texts, with nobody there
// to answer.
func TestScriptRunsNoText(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl, which .ci/providers installs")
	}
	dir := t.TempDir()
	var all strings.Builder
	env := append(os.Environ(), "POLYGRAPH_SERVER=http://127.0.0.1:9", "POLYGRAPH_WAIT=0", "POLYGRAPH_REST=0")
	for _, text := range hostileTexts[3:14] {
		run, lie, control := accused(text)
		var script strings.Builder
		if err := Script(&script, run, lie, control); err != nil {
			t.Fatal(err)
		}
		for _, e := range []*engine.Result{lie, control} {
			for _, x := range e.Exchanges {
				for _, v := range Variables(x) {
					env = append(env, v.Name+"=a-token")
				}
			}
		}
		if Text(script.String()) != script.String() {
			t.Errorf("%q: the script acts where it is shown", text)
		}
		all.WriteString("(\n" + script.String() + ")\n")
	}
	// curl would only say that nobody is there, and take its time for it
	file := filepath.Join(t.TempDir(), "all.sh")
	if err := os.WriteFile(file, []byte("curl() { return 7; }\n"+all.String()+"true"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", file)
	cmd.Dir, cmd.Env = dir, env
	said, err := cmd.CombinedOutput()
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 || err != nil {
		t.Errorf("the scripts have run a text: %v %v\n%s", left, err, said)
	}
	if n := strings.Count(string(said), "== as shop-oslo"); n != 11 {
		t.Errorf("%d of 11 scripts were played\n%s", n, said)
	}
}

// TestScriptDrawsAnew has nothing of the first time in a script that is to be new each time.
func TestScriptDrawsAnew(t *testing.T) {
	t.Parallel()
	run, lie, _ := accused("plain")
	const uuid, search = "0b6d3f0e-7a58-4c3c-9d0f-3d0e5f6a7b8c", "search"
	lie.Record.Act.UUID = uuid
	lie.Exchanges[1].RequestHeader = append(lie.Exchanges[1].RequestHeader, wire.Field{Name: "Idempotency-Key", Value: uuid})
	lie.Exchanges[1].RequestBody = `{"ref":8841,"n":88410,"by":"pgaaaaaaaaaaaaaa"}`
	lie.Exchanges[2].Call, lie.Exchanges[2].Method = search, "POST"
	before := *lie.Exchanges[2] // a read by POST, before the act
	before.Number, before.SentAt = 1, lie.Exchanges[0].SentAt
	lie.Exchanges = append(lie.Exchanges, &before)
	var out strings.Builder
	if err := Script(&out, run, lie, nil); err != nil {
		t.Fatal(err)
	}
	script := out.String()
	for _, stale := range []string{uuid, "pgaaaaaaaaaaaaaa", "pgbbbbbbbbbbbbbb", "8841,", "/8841"} {
		if strings.Contains(script, stale) {
			t.Errorf("%s is sent again:\n%s", stale, script)
		}
	}
	for _, want := range []string{`"Idempotency-Key: $made_uuid"`, `'{"ref":'"$plain"',"n":88410,"by":"'"$made_unique"'"}'`, `"$server/things/$plain/publish"`, `plain=$(between "$dir/body" '"id":' 1)`} {
		if !strings.Contains(script, want) {
			t.Errorf("it lacks %s:\n%s", want, script)
		}
	}
	if strings.Contains(script, "given: "+search) {
		t.Errorf("a read by POST is taken for something that makes:\n%s", script)
	}
	lie.Exchanges = nil
	if err := Script(&out, run, lie, nil); err != ErrNoScript {
		t.Errorf("without exchanges it is %v", err)
	}
}

func TestLandmarkTellsAnIdentity(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		body, key, before string
		nth               int
		why               string
	}{
		{`{"id":7,"n":77}`, "7", `"id":`, 1, ""},
		{`{"author":{"id":5},"review":{"id":7}}`, "7", `"review":{"id":`, 1, "another id comes first"},
		{`{"id": "a-7"}`, "a-7", `"id": "`, 1, ""},
		{`<review id="7"/>`, "7", `<review id="`, 1, ""},
		{`[{"id":5},{"id":7},{"id":9}]`, "9", `"id":`, 3, "an answer of a bulk call"},
		{`{"n":77}`, "7", "", 0, "it stands for itself nowhere"},
		{`7`, "7", "", 0, "nothing stands before it"},
		{``, "7", "", 0, ""},
	} {
		if before, nth := landmark(each.body, each.key); nth != each.nth || nth > 0 && before != each.before {
			t.Errorf("%s in %s: %q %d, want %q %d %s", each.key, each.body, before, nth, each.before, each.nth, each.why)
		}
	}
	list := `{"items":[{"id":5,"by":{"id":1},"t":"pgx"},{"id":7,"t":"pgx"},{"id":9,"t":"other"}]}`
	if got := itemMark(list, "7", "pgx", []string{"7", "5"}); got != "" {
		t.Errorf("an item that is not ours would be taken for one that is: %q", got)
	}
	list = strings.ReplaceAll(list, `"by":{"id":1},`, "")
	if got := itemMark(list, "7", "pgx", []string{"7", "5"}); got != `"id":` {
		t.Errorf("the items are not found: %q", got)
	}
	if got := itemMark(list, "7", "pgx", []string{"7"}); got != "" {
		t.Errorf("an item that nobody removed would be removed: %q", got)
	}
}
