package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadGivesWhatWasAppended(t *testing.T) {
	j := start(t)
	appendAll(t, j, story()...)
	c := readBack(t, j.Path())
	if diff := cmp.Diff(story(), c.Records); diff != "" {
		t.Error(diff)
	}
	want := header()
	want.Version = 1
	if diff := cmp.Diff(want, c.Header); diff != "" {
		t.Error(diff)
	}
	if c.Run != "7f3a" || len(c.Damage) != 0 || c.Lost != 0 || c.Path != j.Path() {
		t.Errorf("run %q, damage %v, lost %d, path %s", c.Run, c.Damage, c.Lost, c.Path)
	}
	if _, err := Read(j.Path() + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v for a file that is not there", err)
	}
}

// A file that is cut anywhere gives exactly the records that are whole before the
// cut, and a cut within a record is said.
func TestCutAtEveryByte(t *testing.T) {
	all := story()
	whole := text(t, all...)
	for cut := range len(whole) + 1 {
		c := parse(whole[:cut])
		lines := bytes.Count(whole[:cut], []byte("\n"))
		if want, got := all[:max(lines-1, 0)], append([]Record{}, c.Records...); !reflect.DeepEqual(want, got) {
			t.Fatalf("cut at %d: got %v, want %v", cut, got, want)
		}
		within := cut > 0 && whole[cut-1] != '\n'
		if within != (len(c.Damage) == 1) || c.Lost != 0 {
			t.Fatalf("cut at %d: damage %v, lost %d", cut, c.Damage, c.Lost)
		}
	}
}

// Whatever happens to one byte, every record of another line is still there, none
// is invented, and the damage is said.
func TestFlipEveryByte(t *testing.T) {
	some := story()[3:8] // of every form, and not too long
	whole := text(t, some...)
	all := append([]Record{parse(whole).Header}, some...)
	for at := range whole {
		hit := bytes.Count(whole[:at], []byte("\n")) // 0-based line
		for _, flip := range []byte{0x01, 0x20, 0x80, 0xff, whole[at] ^ '\n', whole[at] ^ ' ', whole[at] ^ '~'} {
			if flip == 0 {
				continue
			}
			bad := bytes.Clone(whole)
			bad[at] ^= flip
			c := parse(bad)
			if len(c.Damage) == 0 {
				t.Fatalf("byte %d ^ %#x: nothing is said", at, flip)
			}
			lost := []int{hit}
			if whole[at] == '\n' {
				lost = append(lost, hit+1)
			}
			if want, got := without(all, lost), read(c); !reflect.DeepEqual(want, got) {
				t.Fatalf("byte %d ^ %#x: got %v, want %v", at, flip, got, want)
			}
		}
	}
}

// read is the header, if there is one, and the records.
func read(c *Contents) []Record {
	records := []Record{}
	if c.Header.Version != 0 {
		records = append(records, c.Header)
	}
	return append(records, c.Records...)
}

func without(records []Record, lines []int) []Record {
	kept := []Record{}
	for i, record := range records {
		if !slices.Contains(lines, i) {
			kept = append(kept, record)
		}
	}
	return kept
}

func TestDamageIsSaid(t *testing.T) {
	lines := strings.SplitAfter(string(text(t, intent("a"), intent("b"), intent("c"))), "\n")
	again := strings.SplitAfter(string(text(t, intent("x"), intent("y"))), "\n")
	other := string(lineOf(t, "0bad", 3, intent("b")))
	for _, row := range []struct {
		name  string
		file  string
		kept  string
		lost  int
		wants []string
	}{
		{"whole", lines[0] + lines[1] + lines[2] + lines[3], "a b c", 0, nil},
		{"a line is missing", lines[0] + lines[1] + lines[3], "a c", 1, []string{"line 3 (byte 467, 0 long): 1 missing before record 4"}},
		{"garbage comes between", lines[0] + lines[1] + "\x1b[31m::error::\n" + lines[2], "a b", 0, []string{"line 3 (byte 467, 14 long): not a line of a journal"}},
		{"garbage instead of a record", lines[0] + lines[1] + "garbage\n" + lines[3], "a c", 1, []string{"not a line of a journal", "1 missing before record 4"}},
		{"garbage at the end", lines[0] + lines[1] + "garbage\n", "a", 1, []string{"not a line of a journal"}},
		{"zeros at the end", lines[0] + lines[1] + strings.Repeat("\x00", 512), "a", 0, []string{"ends in the middle of a record"}},
		{"torn", lines[0] + lines[1] + lines[2][:40], "a", 0, []string{"ends in the middle of a record"}},
		{"torn, and gone on with", lines[0] + lines[1] + lines[2][:40] + endOfTorn + lines[2], "a b", 0, []string{"ends in the middle of a record"}},
		{"twice", lines[0] + lines[1] + lines[2] + lines[2], "a b", 0, []string{"record 3 stands here out of its order"}},
		{"in another order", lines[0] + lines[2] + lines[1], "b", 1, []string{"1 missing before record 3", "record 2 stands here out of its order"}},
		{"the header is lost", "x" + lines[0] + lines[1], "a", 1, []string{"its checksum is wrong", "1 missing before record 2"}},
		{"two files in one", lines[0] + lines[1] + again[0] + again[1], "a", 0, []string{"record 1 stands here", "record 2 stands here"}},
		{"a line of another run", lines[0] + lines[1] + other + lines[3], "a c", 1, []string{"it belongs to run 0bad, not to 7f3a", "1 missing"}},
		{"a header in the middle", lines[0] + string(lineOf(t, "7f3a", 2, parse([]byte(lines[0])).Header)) + lines[2], "b", 1, []string{"a header stands at the beginning", "1 missing"}},
		{"empty", "", "", 0, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := parse([]byte(row.file))
			var kept []string
			for _, record := range c.Records {
				kept = append(kept, record.(Intent).ID)
			}
			if strings.Join(kept, " ") != row.kept || c.Lost != row.lost || len(c.Damage) != len(row.wants) {
				t.Fatalf("kept %v, lost %d, damage %v", kept, c.Lost, c.Damage)
			}
			for i, want := range row.wants {
				if !strings.Contains(c.Damage[i].String(), want) {
					t.Errorf("got %q, want %q", c.Damage[i], want)
				}
			}
		})
	}
}

func TestListGivesJournalsOnly(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"7f3a.log", "0001.log", "notes.txt", ".log", "a b.log"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := List(dir)
	if want := []string{filepath.Join(dir, "0001.log"), filepath.Join(dir, "7f3a.log")}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := List(filepath.Join(dir, "nowhere")); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v where there is no folder", got, err)
	}
	if _, err := List(filepath.Join(dir, "notes.txt")); err == nil {
		t.Error("a file was listed")
	}
}

// FuzzParse: arbitrary bytes never make the reader panic, and every record that it
// gives stands in them, whole and in order. Seeds are also sealed with a right
// checksum, so that what is behind the checksum is reached.
func FuzzParse(f *testing.F) {
	whole := text(f, story()...)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(append(bytes.Clone(whole[len(whole)/3:]), whole...))
	f.Add([]byte(`{"intent":{"id":"a","account":"x","phase":"act"}}` + "\n" + `{"removed":{"id":"a","how":"never made"}}`))
	f.Add([]byte(`{"deleting":{"id":"z","key":"1"}}` + "\n" + `{"made":{"id":"z","key":"1"}}` + "\n" + `{"left":{"id":"z","why":"?"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		reads(t, text)
		reads(t, sealed(text))
	})
}

func reads(t *testing.T, text []byte) {
	c := parse(text)
	lines := bytes.Count(text, []byte("\n"))
	rest, number := text, 0
	for _, record := range read(c) {
		for {
			text, after, ended := bytes.Cut(rest, []byte("\n"))
			if !ended {
				t.Fatalf("%s is invented: %v", record.kind(), record)
			}
			rest = after
			l, err := unframe(text)
			if err == nil && l.run == c.Run && l.number > number && cmp.Equal(l.record, record) {
				number = l.number
				break
			}
		}
	}
	if len(read(c)) != lines && len(c.Damage) == 0 {
		t.Fatal("lines were passed over in silence")
	}
	for _, thing := range c.State().Things() {
		if thing.ID == "" {
			t.Fatalf("a thing of no intent: %v", thing)
		}
	}
}

// sealed makes a journal's line of every line, as if we had written it.
func sealed(text []byte) []byte {
	var file []byte
	for i, body := range bytes.Split(text, []byte("\n")) {
		head := fmt.Sprintf("7f3a %d", i+1)
		file = fmt.Appendf(file, "%s %s %s\n", head, checksum(head, body), body)
	}
	return file
}
