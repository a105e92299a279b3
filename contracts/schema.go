package contracts

import (
	"encoding/json"
	"fmt"
	"strings"
)

// SchemaKinds are the kinds of files for which Schema has a schema.
func SchemaKinds() []string { return []string{"provider", "contract", "targets"} }

// Schema gives the JSON Schema (draft-07) of a kind of file, for editors. It is
// made from the same table as the loader; the loader knows more: names, scopes,
// expressions.
func Schema(kind string) ([]byte, error) {
	roots := map[string]*block{"provider": providerBlock(), "contract": contractBlock(), "targets": targetsBlock()}
	root := roots[kind]
	if root == nil {
		return nil, fmt.Errorf("there is no schema %q: kinds are %s", kind, either(SchemaKinds()))
	}
	s := schemaOf(root)
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = "Polygraph: " + kind
	definitions := map[string]any{}
	collect(s, definitions)
	s["definitions"] = definitions
	return json.MarshalIndent(s, "", "  ")
}

// object is a JSON Schema.
type object = map[string]any

func schemaOf(b *block) object {
	properties := object{}
	for _, k := range b.keys {
		properties[k.name] = object{"description": k.doc, "allOf": []any{refer(k.is)}}
	}
	s := object{
		"type": "object", "properties": properties,
		"patternProperties": object{"^x-": object{}}, "additionalProperties": false,
	}
	if len(b.needs) > 0 {
		s["required"] = b.needs
	}
	return s
}

func refer(name string) object {
	return object{"$ref": "#/definitions/" + definitionName(name)}
}

func definitionName(name string) string { return strings.ReplaceAll(name, " ", "-") }

// collect adds every definition that a schema refers to.
func collect(s any, into object) {
	switch s := s.(type) {
	case object:
		if ref, ok := s["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/definitions/")
			if into[name] == nil {
				d := definition(name)
				into[name] = d
				collect(d, into)
			}
		}
		for _, v := range s {
			collect(v, into)
		}
	case []any:
		for _, v := range s {
			collect(v, into)
		}
	}
}

func mapOf(name string) object {
	return object{"type": "object", "additionalProperties": refer(name)}
}

func anyOf(parts ...any) object { return object{"anyOf": parts} }

func enum(words ...string) object { return object{"enum": words} }

func pattern(p string) object { return object{"type": "string", "pattern": p} }

// blocks are all blocks but the roots.
func blocks() []*block {
	return []*block{
		callBlock(), resourceBlock(), fieldBlock(), probeBlock(), accountReadBlock(), defaultsBlock(), webhookBlock(), signatureBlock(), webhookSecretBlock(),
		effectBlock(), givenBlock(), caseBlock(), againBlock(), acceptedBlock(), eachBlock(), knownBlock(),
		targetBlock(), limitsBlock(), accountBlock(), expectsBlock(), credentialsBlock(), basicBlock(),
	}
}

// definition gives the schema of a value. The panic is for a name that the table
// uses and nobody defined; a test makes every schema.
func definition(name string) object {
	for _, b := range blocks() {
		if definitionName(b.name) == name {
			return schemaOf(b)
		}
	}
	d := values()[name]
	if d == nil {
		panic("the schema has no definition " + name)
	}
	return d
}

// values are the definitions that are no blocks.
func values() map[string]object {
	names := object{"type": "string", "minLength": 1}
	list := func(item any) object { return object{"type": "array", "items": item} }
	status := anyOf(object{"type": "integer", "minimum": 100, "maximum": 599}, pattern("^([1-5][0-9][0-9]|[1-5][xX][xX])$"))
	whole := object{"type": "integer", "minimum": 0}
	return map[string]object{
		"text":         names,
		"texts":        anyOf(names, list(names)),
		"text-map":     object{"type": "object", "additionalProperties": names},
		"expression":   object{"type": []string{"string", "boolean", "number", "null"}},
		"expressions":  mapOf("expression"),
		"duration":     pattern(strings.ReplaceAll(durationText.String(), `\`, "")),
		"whole":        whole,
		"data":         object{},
		"data-map":     object{"type": []string{"object", "null"}},
		"values":       object{"type": "object"},
		"version":      object{"const": 1},
		"auth":         anyOf(enum("bearer", "basic"), object{"type": "object", "minProperties": 1, "maxProperties": 1, "properties": object{"header": names, "query": names, "cookie": names}, "additionalProperties": false}),
		"call":         anyOf(names, refer("call map")),
		"calls":        anyOf(refer("call"), list(refer("call"))),
		"delete":       anyOf(enum("never"), refer("call")),
		"resources":    mapOf("resource"),
		"probes":       object{"type": "object", "additionalProperties": anyOf(names, refer("probe"))},
		"webhooks":     mapOf("webhook"),
		"setters":      mapOf("call"),
		"hook-secrets": mapOf("webhook secret"),
		"hash":         enum(hashes...),
		"mask":         enum(maskWords...),
		"fields":       object{"type": "object", "additionalProperties": anyOf(refer("mask"), refer("field"))},
		"given":        anyOf(refer("texts"), object{"type": "object", "additionalProperties": anyOf(names, refer("given thing"))}),
		"without":      enum(append([]string{"refused"}, lieKinds...)...),
		"lie":          enum(lieKinds...),
		"effects":      object{"type": "array", "minItems": 1, "items": refer("effect")},
		"status":       anyOf(enum("done", "refused"), status, list(status)),
		"claims":       object{"type": "object", "additionalProperties": enum("done", "accepted", "refused", "unknown")},
		"cases":        mapOf("case"),
		"rejects":      object{"type": "object"},
		"again":        mapOf("again case"),
		"again-effect": enum("none", "again"),
		"case-effect":  enum("none"),
		"removed":      object{"const": true},
		"same":         enum("same"),
		"known":        anyOf(refer("known lie"), list(refer("known lie"))),
		"targets-map":  mapOf("target"),
		"embedded":     enum(sandboxes...),
		"writes":       enum("never", "allowed"),
		"accounts":     mapOf("account"),
		"rate":         pattern("^[0-9]+([.][0-9]+)?/[smh]$"),
	}
}
