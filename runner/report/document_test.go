package report

import (
	"encoding/json"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	var out strings.Builder
	if err := JSON(&out, mixed()); err != nil {
		t.Fatal(err)
	}
	golden(t, "document", out.String())

	var back Document
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	if c := back.Counts; c.Kept+c.Lied+c.Broken+c.Inconclusive+c.Known != c.Cells || c.Cells != len(back.Cells) {
		t.Errorf("counts do not add up: %+v", c)
	}
}

func TestJSONOfAnEmptyRunHasLists(t *testing.T) {
	var out strings.Builder
	if err := JSON(&out, &engine.Finished{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"cells": []`, `"left": []`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %s in %s", want, out.String())
		}
	}
}
