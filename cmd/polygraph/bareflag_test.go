package main

import (
	"strings"
	"testing"
)

func TestFormsWithoutAFile(t *testing.T) {
	for _, each := range [][2]string{
		{"report last --sarif", "report last --sarif=-"},
		{"report --sarif last", "report --sarif=- last"},
		{"report --sarif - last", "report --sarif - last"},
		{"report last --sarif a.sarif", "report last --sarif a.sarif"},
		{"report last --sarif --junit", "report last --sarif=- --junit=-"},
		{"report --junit a.xml last --sarif --limit 5000", "report --junit a.xml last --sarif=- --limit 5000"},
		{"report --junit=a.xml last", "report --junit=a.xml last"},
		{"report --sarif", "report --sarif=-"},
		{"report --sarif -", "report --sarif -"},
		{"run suite --json --junit", "run suite --json --junit=-"},
		{"run --json suite", "run --json suite"},
		{"run suite --quiet --junit a.xml --account x", "run suite --quiet --junit a.xml --account x"},
		{"onboard suite --markdown", "onboard suite --markdown"},
		{"", ""},
	} {
		if got := strings.Join(withFiles(strings.Fields(each[0])), " "); got != each[1] {
			t.Errorf("%q becomes %q, want %q", each[0], got, each[1])
		}
	}
}
