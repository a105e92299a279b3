package main

import (
	"strings"
	"testing"
)

func TestSayAgain(t *testing.T) {
	const (
		run   = `{"Action":"run","Package":"p","Test":"TestA"}` + "\n"
		said  = `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: no disk\n"}` + "\n"
		skip  = `{"Action":"skip","Package":"p","Test":"TestA"}` + "\n"
		part  = `{"Action":"skip","Package":"p","Test":"TestA/b/c"}` + "\n"
		pass  = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
		fail  = `{"Action":"fail","Package":"p","Test":"TestA"}` + "\n"
		empty = `{"Action":"skip","Package":"q"}` + "\n"
		ok    = `{"Action":"output","Package":"p","Output":"ok  \tp\t1s\n"}` + "\n"
		build = `{"ImportPath":"p","Action":"build-output","Output":"a.go:1: undefined\n"}` + "\n" +
			`{"ImportPath":"p","Action":"build-fail"}` + "\n"
	)
	tests := []struct {
		name, in, list string
		out            string // part of what is printed
		wrong          string // part of the error; "" for none
	}{
		{"passed", run + said + pass + ok, "", "ok  \tp\t1s\n\nskipped: 0\n", ""},
		{"no test files", empty, "", "skipped: 0", ""},
		{"listed", run + said + skip, "# of CI\n\nTestA  needs a disk", "it says: a_test.go:3: no disk\n      listed:  needs a disk", ""},
		{"not listed", run + said + skip, "", "skipped: 1", "p TestA was skipped (a_test.go:3: no disk), and is not in the list"},
		{"no reason", run + skip, "", "no reason given", "is not in the list"},
		{"part of a listed one", run + part, "TestA why", "p TestA/b/c", ""},
		{"part of one not listed", run + part, "", "p TestA/b/c", "p TestA/b/c was skipped"},
		{"a longer name is another", run + strings.Replace(skip, "TestA", "TestAB", 1), "TestA why", "skipped: 1", "p TestAB was skipped"},
		{"gone", run + pass, "TestA why\nTestB why", "the list of skips names TestB, and there is no such test on this system", ""},
		{"listed without why", "", "TestA", "", "line 1 of the list of skips does not say why TestA"},
		{"listed twice", "", "TestA why\nTestA why", "", "line 2 of the list of skips names TestA again"},
		{"failed", run + said + fail, "", "a_test.go:3: no disk", "tests failed"},
		{"cut off", run + said, "", "p TestA did not end\n    a_test.go:3: no disk", "tests failed"},
		{"not built", build, "", "a.go:1: undefined", "tests failed"},
		{"no JSON", "go: no module\n", "", "go: no module", ""},
		{"no last line break", run + strings.TrimSpace(skip), "", "skipped: 1", "p TestA was skipped"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			err := sayAgain(strings.NewReader(test.in), &out, test.list)
			if !strings.Contains(out.String(), test.out) {
				t.Errorf("printed %q, want %q in it", out.String(), test.out)
			}
			switch {
			case err == nil && test.wrong != "":
				t.Errorf("no error, want %q", test.wrong)
			case err != nil && (test.wrong == "" || !strings.Contains(err.Error(), test.wrong)):
				t.Errorf("error %q, want %q", err, test.wrong)
			}
		})
	}
}
