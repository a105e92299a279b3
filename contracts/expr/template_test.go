package expr

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	for source, want := range map[string]string{
		"plain":                           `"plain"`,
		"":                                `""`,
		"${x.n}":                          "1",
		"${ x.list }":                     "[3,1,2]",
		"${null}":                         "null",
		"Solid ${x.s}":                    `"Solid abc"`,
		"${x.n}${x.f}":                    `"11.5"`,
		"${x.yes} and ${x.none}":          `"true and null"`,
		" ${x.n}":                         `" 1"`,
		"$${x.n}":                         `"${x.n}"`,
		"$${${x.n}}":                      `"${1}"`,
		"$$${x.n}":                        `"$${x.n}"`,
		"$5 {x} }":                        `"$5 {x} }"`,
		"${'}'}":                          `"}"`,
		`${"}{" + '\'}'}`:                 `"}{'}"`,
		`${r'\'}`:                         `"\\"`,
		"${'''}'}'''}":                    `"}'}"`,
		"${{'a': {'b': x.n}}}":            `{"a":{"b":1}}`,
		"a ${ {'a': {'b': 'c}'}}.a.b } z": `"a c} z"`,
		"${x.n // not }\n}":               "1",
		"${x.typo}":                       "absent",
		"a ${x.typo} b":                   "absent",
		"${u}":                            "unknown (GET /u answered 503)",
		"a ${u} b":                        "unknown (GET /u answered 503)",
		"${u} ${x.typo}":                  "absent",
		"a ${x.list}":                     "error write ${x.list} into text: there is no text of a list",
		"a ${x.m} b":                      "error write ${x.m} into text: there is no text of a map",
		"${timestamp(x.when)}!":           `"2026-01-02T03:04:05Z!"`,
	} {
		t.Run(source, func(t *testing.T) {
			vars, names := world(t)
			template, err := ParseTemplate(source, names)
			if err != nil {
				t.Fatal(err)
			}
			got, err := template.Eval(vars)
			text := Format(got)
			if err != nil {
				text = "error " + err.Error()
			}
			if text != want {
				t.Errorf("got %s, want %s", text, want)
			}
		})
	}
}

func TestTemplateMistakes(t *testing.T) {
	for _, c := range []struct {
		source, message string
		offset          int
	}{
		{"ab ${x.n", "nothing closes this ${ (a literal ${ is written $${)", 3},
		{"ab ${'}", "nothing closes this ${", 3},
		{"ab ${}", "empty expression", 5},
		{"ab ${xx}", `unknown name "xx"`, 5},
		{"ab ${x.n} ${ xx }", `unknown name "xx"`, 13},
	} {
		_, err := ParseTemplate(c.source, []string{"x"})
		var mistake *Error
		if !errors.As(err, &mistake) || !strings.Contains(mistake.Error(), c.message) || mistake.Offset != c.offset {
			t.Errorf("%s: got %#v, want %q at %d", c.source, err, c.message, c.offset)
		}
	}
}

func TestTemplateLiteralAndRefs(t *testing.T) {
	names := []string{"x", "y"}
	template, err := ParseTemplate("${x.a} and ${y['b'] + x.a}", names)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(template.Refs()); got != "[[x a] [y b]]" {
		t.Errorf("refs: got %s", got)
	}
	if _, ok := template.Literal(); ok {
		t.Error("a template with expressions counts as literal")
	}
	if template, err = ParseTemplate("$${x}", names); err != nil {
		t.Fatal(err)
	}
	if text, ok := template.Literal(); !ok || text != "${x}" {
		t.Errorf("literal: got %q, %v", text, ok)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"a ${x} b", "$${", "${'}'}", "${r'\\'}", "${{'a': 1}}", "${", "${'''", "${x // }\n}", "$$$${x}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		template, err := ParseTemplate(source, []string{"x"})
		if err != nil {
			var mistake *Error
			if !errors.As(err, &mistake) || mistake.Offset < 0 || mistake.Offset > len(source) {
				t.Fatalf("bad mistake: %#v", err)
			}
			return
		}
		if !strings.Contains(source, "${") {
			if text, ok := template.Literal(); !ok || text != source {
				t.Errorf("%q became %q", source, text)
			}
		}
		_, _ = template.Eval(Vars{"x": "text"})
	})
}
