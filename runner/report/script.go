package report

import (
	_ "embed"
	"fmt"
	"io"
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
	for _, line := range s.lookLines() {
		body.WriteString(line)
	}
	cleanUp := s.cleanUpLines() // after the others: it names what they have
	fmt.Fprintf(out, "%s() (\n", name)
	for _, p := range s.props {
		if p.used {
			fmt.Fprintf(out, "%s= %s_unique=$(unique) %s_uuid=$(uuid)\n", p.name, p.name, p.name)
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
		if p.known || p.key == "" || strings.Trim(p.key, plainIdentity) != "" {
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
		lines = append(lines, fmt.Sprintf("say %s\n%s\n%s\n", literal("read: "+sentence(l.x)), c.with(sendOptions), show))
		for _, p := range searched {
			lines = append(lines, fmt.Sprintf("names %s \"$%s\" \"$%s_unique\"\n", p.name, p.name, p.name))
		}
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

// cleanUpLines remove what the scene has made, as the run did. What names nothing
// that is the scene's own is not sent: it would touch what was there before.
func (s *scene) cleanUpLines() string {
	var out strings.Builder
	var sent []string
	for _, x := range s.cleanUp {
		c := s.command(x)
		if c == nil {
			continue
		}
		command := c.with(sendOptions)
		if slices.Contains(sent, command) {
			continue
		}
		sent = append(sent, command)
		if len(c.named) == 0 {
			fmt.Fprintf(&out, "say %s\n", literal("not sent, because it names nothing that was made here: "+sentence(x)))
			continue
		}
		for _, p := range c.keys {
			fmt.Fprintf(&out, "[ -z \"$%s\" ] || ", p.name)
		}
		fmt.Fprintf(&out, "{\nsay %s\n%s\nshow\n}\n", literal("clean-up: "+sentence(x)), command)
	}
	if out.Len() == 0 {
		return ":\n"
	}
	return out.String()
}
