package report

import (
	_ "embed"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

//go:embed script.sh
var scriptHead string

// Script writes a shell script that plays a cell again with curl, and then its
// control: the same on an account that was told the truth (nil: there is none). It
// makes things of its own each time, with new markers, and removes what it has made
// and nothing else.
//
// What a cell's exchanges do not hold any more cannot be played; then it is
// [ErrNoScript], and nothing is written.
func Script(w io.Writer, run *engine.Finished, r, control *engine.Result) error {
	text, err := script(run, r, control)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// ErrNoScript says that there is nothing to play.
var ErrNoScript = fmt.Errorf("no script reproduces the cell: what it sent is not kept")

func script(run *engine.Finished, r, control *engine.Result) (string, error) {
	lie := sceneOf(r)
	if lie == nil {
		return "", ErrNoScript
	}
	scenes := []*scene{lie}
	names := []string{"lie"}
	if truth := sceneOf(control); truth != nil {
		scenes, names = append(scenes, truth), append(names, "control")
	}
	var plays strings.Builder
	for i, s := range scenes {
		s.write(&plays, names[i])
	}
	var out strings.Builder
	fmt.Fprintf(&out, "#!/bin/sh\n# %s\n# as polygraph saw it%s.\n", Line(comment(title(r)+" ("+r.Subject().Account+")")), comment(runName(run, r)))
	out.WriteString(scriptHead)
	fmt.Fprintf(&out, "server=${POLYGRAPH_SERVER:-}\n[ -n \"$server\" ] || server=%s\nrest=${POLYGRAPH_REST:-%d}\nwait=${POLYGRAPH_WAIT:-%d}\n\n", literal(lie.origin()), lie.rest(), lie.wait())
	var needs []Variable
	for _, s := range scenes {
		for _, v := range s.needs {
			if !slices.Contains(needs, v) {
				needs = append(needs, v)
			}
		}
	}
	for _, v := range needs {
		fmt.Fprintf(&out, "need %s %s\n", v.Name, literal(v.Is))
	}
	out.WriteString("[ -z \"$missing\" ] || exit 2\n\n" + plays.String())
	for i, s := range scenes {
		fmt.Fprintf(&out, "title %s\n%s\n", literal(s.heading(names[i])), names[i])
	}
	return out.String(), nil
}

func runName(run *engine.Finished, r *engine.Result) string {
	if run == nil || run.ID == "" {
		return ""
	}
	return fmt.Sprintf(" in %s/%d", run.ID, r.Number)
}

// comment keeps a text on the line of a comment.
func comment(text string) string { return Line(text) }

func (s *scene) heading(name string) string {
	as := s.record.Cell.Account
	if name == "lie" {
		return fmt.Sprintf("as %s, who was told what is not so", as)
	}
	return fmt.Sprintf("the control: as %s, who was told the truth", as)
}

// write writes the scene as a function of the script.
func (s *scene) write(out *strings.Builder, name string) {
	var body strings.Builder
	for _, x := range s.given {
		s.play(&body, "given", x)
	}
	if len(s.given) > 0 {
		body.WriteString("sleep \"$rest\"\n\n")
	}
	s.play(&body, "act", s.act)
	s.learn(&body)
	for _, line := range s.lookLines() {
		body.WriteString(line)
	}
	cleanUp := s.cleanUpLines() // after the others: it names what they have
	fmt.Fprintf(out, "%s() (\n", name)
	var marks []string
	for _, p := range s.props {
		if p.used && p.marker != "" && !slices.Contains(marks, p.mark) {
			marks = append(marks, p.mark)
			fmt.Fprintf(out, "%s=$(unique)\n", p.mark)
		}
		if p.used {
			fmt.Fprintf(out, "%s= %s_uuid=$(uuid)\n", p.name, p.name)
		}
	}
	fmt.Fprintf(out, "clean_up() {\ntrap - EXIT\n%s}\ntrap clean_up EXIT\ntrap 'exit 130' INT TERM HUP\n\n%s)\n\n", cleanUp, body.String())
}

// send is how the script sends: the reply goes to files.
const sendOptions = `-sS -D "$dir/head" -o "$dir/body" -w 'answered %{http_code}\n'`

// play writes one request, and takes from its reply the identities that it gives.
func (s *scene) play(out *strings.Builder, what string, x *wire.Exchange) {
	c := s.command(x)
	if c == nil {
		return
	}
	s.ask(out, c)
	fmt.Fprintf(out, "say %s\n%s\nshow\n", literal(what+": "+sentence(x)), c.with(sendOptions))
	for _, p := range s.props {
		if p.known || !isPlainIdentity(p.key) {
			continue
		}
		if found := identityIn(x, p.key); found != "" {
			p.known = true
			fmt.Fprintf(out, "%s=$(%s)\n", p.name, found)
			fmt.Fprintf(out, "[ -n \"$%s\" ] || { echo %s; exit 1; }\n", p.name, literal("the reply has no identity of "+p.name+" where it had one"))
		}
	}
	out.WriteString("\n")
}

// ask has somebody say an identity that the script cannot find by itself. Without it
// nothing is sent: an address that lacks it is another address.
func (s *scene) ask(out *strings.Builder, c *command) {
	for _, p := range c.keys {
		if p.known {
			continue
		}
		p.known = true
		fmt.Fprintf(out, "%s=$(ask %s)\n[ -n \"$%s\" ] || exit 1\n", p.name, p.name, p.name)
	}
}

// sentence is a request by what the suite calls it, and whose eyes it is sent with.
func sentence(x *wire.Exchange) string {
	text := x.Call
	if text == "" {
		text = x.Method
	}
	if x.Eyes != "" {
		text += " as " + x.Eyes
	}
	return text
}

// lookLines read every place at once, and again when polygraph had given up.
func (s *scene) lookLines() []string {
	if len(s.looks) == 0 {
		return nil
	}
	var asked strings.Builder
	lines := []string{"looks() {\n"}
	for _, l := range s.looks {
		c := s.command(l.x)
		if c == nil {
			continue
		}
		s.ask(&asked, c)
		show, searched := "show", s.searched(l)
		if len(searched) > 0 {
			show = "show 3" // what matters is said beneath
		}
		lines = append(lines, fmt.Sprintf("%s{\nsay %s\n%s\n%s\n", c.guards(), literal("read: "+sentence(l.x)), c.with(sendOptions), show))
		for _, p := range searched {
			lines = append(lines, fmt.Sprintf("names %s \"$%s\" \"$%s\"\n", p.name, p.name, p.mark))
		}
		lines = append(lines, "}\n")
	}
	return append(append([]string{asked.String()}, lines...), "}\nlooks\nsleep \"$wait\"\nsay \"after $wait s\"\nlooks\n")
}

// searched are the props that a listing or a page is searched for.
func (s *scene) searched(l look) []*prop {
	if l.place.Look == verdict.ByKey || l.place.Look == verdict.Probed || l.place.Look == verdict.Job {
		return nil
	}
	var all, own []*prop
	for _, p := range s.props {
		if p.used && p.marker != "" {
			all = append(all, p)
		}
		if p.used && p.marker != "" && p.thing == l.place.Thing {
			own = append(own, p)
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}

// learn finds the identities that the reads name and no reply so far has given: in
// what a job says of itself when it is done, or by the marker in a listing.
func (s *scene) learn(out *strings.Builder) {
	for _, p := range s.props {
		if p.known || !isPlainIdentity(p.key) || !s.looksFor(p) {
			continue
		}
		for _, x := range s.reads {
			c := s.command(x)
			if c == nil || slices.ContainsFunc(c.keys, func(p *prop) bool { return !p.known }) {
				continue
			}
			found := s.foundIn(x, p)
			if found != "" {
				p.known = true
				fmt.Fprintf(out, "sleep \"$wait\"\nsay %s\n%s\nshow\n%s=$(%s | sed 1q)\n\n", literal("read: "+sentence(x)), c.with(sendOptions), p.name, found)
				break
			}
		}
	}
}

// foundIn says how a script finds the identity of a prop in the reply to a read.
func (s *scene) foundIn(x *wire.Exchange, p *prop) string {
	var keys, others []string
	for _, other := range s.props {
		if p.marker == "" || other.marker != p.marker || other.key == "" {
			continue
		}
		keys = append(keys, other.key)
		if other != p && other.known && strings.Contains(x.ReplyBody, other.key) {
			others = append(others, other.name)
		}
	}
	if before := itemMark(x.ReplyBody, p.key, p.marker, keys); p.marker != "" && before != "" {
		p.used = true
		found := fmt.Sprintf(`carrying "$dir/body" %s "$%s"`, literal(before), p.mark)
		for _, other := range others {
			found += fmt.Sprintf(` | grep -v -x -F -e "$%s"`, other)
		}
		return found
	}
	if before, nth := landmark(x.ReplyBody, p.key); nth == 1 && len(others) == 0 {
		return fmt.Sprintf(`between "$dir/body" %s 1`, literal(before))
	}
	return ""
}

// looksFor tells whether a read names a prop by its identity.
func (s *scene) looksFor(p *prop) bool {
	return slices.ContainsFunc(s.looks, func(l look) bool {
		c := s.command(l.x)
		return c != nil && slices.Contains(c.keys, p)
	})
}

// cleanUpLines remove what the scene has made, as the run did. What names nothing
// that is the scene's own is searched for by its marker; what has none is not touched:
// it may have been there before.
func (s *scene) cleanUpLines() string {
	var out strings.Builder
	var sent []string
	for _, x := range s.cleanUp {
		lines := s.cleanUpOf(x)
		if lines != "" && !slices.Contains(sent, lines) {
			sent = append(sent, lines)
			out.WriteString(lines)
		}
	}
	if out.Len() == 0 {
		return ":\n"
	}
	return out.String()
}

func (s *scene) cleanUpOf(x *wire.Exchange) string {
	c := s.command(x)
	if c == nil {
		return ""
	}
	unknown := func(p *prop) bool { return !p.known }
	if len(c.named) == 0 || slices.ContainsFunc(c.keys, unknown) {
		if lines := s.removal(x); lines != "" {
			return lines
		}
		return fmt.Sprintf("say %s\n", literal("not sent, because it names nothing that is known to have been made here: "+sentence(x)))
	}
	return fmt.Sprintf("%s{\nsay %s\n%s\nshow\n}\n", c.guards(), literal("clean-up: "+sentence(x)), c.with(sendOptions))
}

// guards keep a request from being sent without an identity that it names: it would be
// another request.
func (c *command) guards() string {
	var out strings.Builder
	for _, p := range c.keys {
		fmt.Fprintf(&out, "[ -z \"$%s\" ] || ", p.name)
	}
	return out.String()
}

// removal searches a listing for all that carries a marker of the scene, and sends
// the request for each.
func (s *scene) removal(x *wire.Exchange) string {
	at, err := url.Parse(x.URL)
	if err != nil || !isPlainIdentity(lastSegment(at)) {
		return ""
	}
	var keys []string // that the run has removed
	for _, other := range s.cleanUp {
		if at, err := url.Parse(other.URL); err == nil {
			keys = append(keys, lastSegment(at))
		}
	}
	key := lastSegment(at)
	for _, p := range s.props {
		for _, search := range slices.Backward(s.reads) {
			before := itemMark(search.ReplyBody, key, p.marker, keys)
			if p.marker == "" || before == "" || strings.Contains(search.URL, key) { // which would ask for one
				continue
			}
			c := s.command(search)
			if c == nil || slices.ContainsFunc(c.keys, func(p *prop) bool { return !p.known }) {
				continue
			}
			p.used = true
			each := s.command(x, blank{key, func() string { return "found" }, asWhole})
			return fmt.Sprintf("say %s\n%s\nshow 3\nfor found in $(carrying \"$dir/body\" %s \"$%s\"); do\nsay %s\n%s\nshow\ndone\n",
				literal("search: "+sentence(search)), c.with(sendOptions), literal(before), p.mark, literal("clean-up: "+sentence(x)), each.with(sendOptions))
		}
	}
	return ""
}
