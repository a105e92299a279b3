package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Contents is what a journal's file holds: everything that is whole, and what is not.
type Contents struct {
	Path    string
	Run     string   // empty: no line of it is whole
	Header  Header   // zero where it is lost
	Records []Record // without the header, in order
	Damage  []Damage // what could not be read, in order; empty: the file is whole
	Lost    int      // records that were on disk and are missing, at least; a last record that never got there in full is not one
	next    int      // number for the next record
	torn    bool     // the last line has no end
}

// Damage is a part of the file that is no record.
type Damage struct {
	Line   int // 1-based
	Offset int // bytes from the start of the file
	Length int // bytes; 0: something is missing here
	Why    string
}

func (d Damage) String() string {
	return fmt.Sprintf("line %d (byte %d, %d long): %s", d.Line, d.Offset, d.Length, d.Why)
}

// Read reads a journal's file, be its run alive or not. A damaged file is no
// error: what is whole is given, and the rest is named in Damage. A file that was
// cut off exactly between two records cannot be told from that of a run that was
// cut short; it only lacks [Done]. Of a run that is alive, the last record may be
// only half there yet.
func Read(path string) (*Contents, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	c := parse(text)
	c.Path = path
	return c, nil
}

// List gives the paths of the journals in a folder, sorted. A folder that is not
// there has none.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list journals: %w", err)
	}
	var paths []string
	for _, entry := range entries {
		run, ours := strings.CutSuffix(entry.Name(), ending)
		if ours && validRun(run) && !entry.IsDir() {
			paths = append(paths, filepath.Join(dir, entry.Name()))
		}
	}
	sort.Strings(paths)
	return paths, nil
}

// State is what the records come to.
func (c *Contents) State() *State { return Fold(c.Records) }

// parse reads a file line by line. A line that is not whole is set aside, and the
// next is read as if nothing had been: each stands for itself.
func parse(text []byte) *Contents {
	p := &parser{Contents: &Contents{next: 1}}
	for number, offset := 1, 0; offset < len(text); number++ {
		line, _, ended := bytes.Cut(text[offset:], []byte("\n"))
		p.line(line, ended, Damage{Line: number, Offset: offset, Length: len(line)})
		offset += len(line) + 1
	}
	p.Lost += p.unread // bad lines at the end: no number after them tells how many they were
	p.next += p.unread
	return p.Contents
}

// endOfTorn is what a sweep ends a line with that was never finished, so that its
// own records start on a new one. The sign before the line break tells such a line
// from one that was whole once: only the latter is a record lost, however often
// sweeps are killed after this.
const endOfTorn = "~\n"

type parser struct {
	*Contents
	unread int // bad lines, ended by a line break, since the last good one
}

func (p *parser) line(text []byte, ended bool, at Damage) {
	if !ended || bytes.HasSuffix(text, []byte(endOfTorn[:1])) {
		p.torn = !ended
		p.damage(at, "it ends in the middle of a record: never finished, or cut off")
		return
	}
	l, err := unframe(text)
	_, header := l.record.(Header)
	switch {
	case err != nil:
		p.unread++
		p.damage(at, err.Error())
	case p.Run != "" && l.run != p.Run:
		p.unread++
		p.damage(at, fmt.Sprintf("it belongs to run %s, not to %s", l.run, p.Run))
	case l.number < p.next:
		p.damage(at, fmt.Sprintf("record %d stands here out of its order", l.number))
	case header != (l.number == 1):
		p.unread++
		p.damage(at, "a header stands at the beginning, and nowhere else")
	default:
		p.accept(l, at)
	}
}

// accept takes a line, and counts what its number shows to be missing before it.
func (p *parser) accept(l line, at Damage) {
	if missing := l.number - p.next; missing > 0 {
		p.Lost += missing
		p.Damage = append(p.Damage, Damage{Line: at.Line, Offset: at.Offset,
			Why: fmt.Sprintf("%d missing before record %d", missing, l.number)})
	}
	p.Run, p.next, p.unread = l.run, l.number+1, 0
	if header, ok := l.record.(Header); ok {
		p.Header = header
		return
	}
	p.Records = append(p.Records, l.record)
}

func (p *parser) damage(at Damage, why string) {
	at.Why = why
	p.Damage = append(p.Damage, at)
}
