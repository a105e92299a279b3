package contracts

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// readAccounts reads the accounts of a target.
func (l *loader) readAccounts(t *Target, n *node) {
	if n == nil {
		return
	}
	if n.shape != mapping {
		l.mistake(n, "write accounts: {name: {credentials: …}}", "accounts must be a map, not %s", n.shape)
		return
	}
	for _, p := range n.pairs {
		if p.value.shape == missing || !l.properName(p.key, "account") {
			continue
		}
		a := &Account{Pos: p.key.pos, Name: p.key.text}
		t.Accounts = append(t.Accounts, a)
		if l.fields(p.value, accountBlock(), a.Name) == nil {
			continue
		}
		a.Credentials = l.credentials(t, p.value.get("credentials"))
		a.Tags = texts(l.words(p.value.get("tags"), "tags"))
		a.Vars = l.values(p.value.get("vars"), true)
		a.Webhooks = l.webhookSecrets(t, p.value.get("webhooks"))
		if e := p.value.get("expects"); e != nil && l.fields(e, expectsBlock(), "") != nil {
			a.Lacks = texts(l.words(e.get("lacks"), "lacks"))
		}
	}
}

// maxAccounts and maxTable bound accounts_from.
const (
	maxAccounts = 200_000
	maxTable    = 64 << 20
)

// columns of accounts_from.
var columns = []string{"name", "bearer", "user", "password", "key", "client_id", "client_secret", "tags"}

// readTable reads accounts_from: RFC 4180 with a header row.
func (l *loader) readTable(t *Target, n *node) {
	file, ok := inside(n.text)
	if !ok {
		l.mistake(n, "put the file beside polygraph.yaml", "accounts_from leaves the suite's folder")
		return
	}
	content, err := l.content(file, maxTable)
	if err != nil {
		l.mistake(n, "", "%s: %s", file, err)
		return
	}
	rows := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\ufeff")))
	rows.FieldsPerRecord = -1
	header, err := rows.Read()
	if err != nil {
		l.add(rowMistake(file, err, "the first row must name the columns: "+sentence(columns)))
		return
	}
	if !l.header(file, rows, header) {
		return
	}
	byName := map[string]*Account{}
	for _, a := range t.Accounts {
		byName[a.Name] = a
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			l.add(rowMistake(file, err, ""))
			return
		}
		if len(t.Accounts) == maxAccounts {
			l.fileMistake(file, "", "more than %d accounts", maxAccounts)
			return
		}
		if a := l.readRow(t, file, rows, header, row); a != nil {
			if other := byName[a.Name]; other != nil {
				l.add(Mistake{Position: a.Pos, Message: fmt.Sprintf("account %s is already in %s", quote(a.Name), other.Pos)})
				continue
			}
			byName[a.Name] = a
			t.Accounts = append(t.Accounts, a)
		}
	}
}

// inside gives a path of the suite, or false when it leads out of it.
func inside(p string) (string, bool) {
	clean := path.Clean(strings.TrimPrefix(p, "./"))
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.Contains(p, "\\") || strings.Contains(p, ":") {
		return "", false
	}
	return clean, true
}

func rowMistake(file string, err error, hint string) Mistake {
	m := Mistake{Position: Position{File: file}, Message: "is not CSV: " + err.Error(), Hint: hint}
	var p *csv.ParseError
	if errors.As(err, &p) {
		m.Position = Position{file, p.Line, p.Column}
		m.Message = "this is not CSV: " + p.Err.Error()
	}
	if errors.Is(err, io.EOF) {
		m.Message = "is empty"
	}
	return m
}

// header checks the names of the columns.
func (l *loader) header(file string, rows *csv.Reader, header []string) bool {
	good := true
	named := slices.ContainsFunc(header, func(h string) bool { return strings.TrimSpace(h) == "name" })
	for i, h := range header {
		header[i] = strings.TrimSpace(h)
		line, column := rows.FieldPos(i)
		at := Position{file, line, column}
		shown := " " + quote(header[i])
		if !named && !slices.Contains(columns, header[i]) && didYouMean(header[i], columns) == "" {
			shown = "" // there is no header: this may be the secret of the first account
		}
		switch {
		case !slices.Contains(columns, header[i]):
			l.add(Mistake{Position: at, Message: "unknown column" + shown, Hint: didYouMean(header[i], columns) + "columns are " + sentence(columns)})
			good = false
		case slices.Index(header, header[i]) < i:
			l.add(Mistake{Position: at, Message: "column" + shown + " stands twice"})
			good = false
		}
	}
	if !slices.Contains(header, "name") {
		l.add(Mistake{Position: Position{file, 1, 1}, Message: "there is no column \"name\"", Hint: "columns are " + sentence(columns)})
		good = false
	}
	return good
}

// readRow reads one account; nil after a mistake.
func (l *loader) readRow(t *Target, file string, rows *csv.Reader, header, row []string) *Account {
	line, _ := rows.FieldPos(0)
	at := func(i int) Position {
		l, c := rows.FieldPos(i)
		return Position{file, l, c}
	}
	if len(row) != len(header) {
		l.add(Mistake{Position: Position{file, line, 1}, Message: fmt.Sprintf("the row has %d cells, and the header %d", len(row), len(header))})
		return nil
	}
	a := &Account{Pos: at(0)}
	secrets := map[string]Reference{}
	for i, cell := range row {
		switch h := header[i]; {
		case h == "name":
			a.Name = cell
		case h == "tags":
			a.Tags = strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ';' })
		case cell != "":
			r := Reference{Pos: at(i), Text: cell, Dir: l.dir}
			if m := l.literal(t, h, r); m != nil {
				l.add(*m)
			}
			secrets[h] = r
		}
	}
	if reason := improper(a.Name); reason != "" {
		l.add(Mistake{Position: Position{file, line, 1}, Message: "the name of the account " + reason})
		return nil
	}
	if len(secrets) > 0 {
		form, message := credentialForm(secrets)
		if message != "" {
			l.add(Mistake{Position: Position{file, line, 1}, Message: message})
			return nil
		}
		a.Credentials = &Credentials{Pos: a.Pos, Form: form, Values: secrets}
	}
	return a
}

// credentialForm tells the form from the values that are there, or what is
// wrong with them.
func credentialForm(values map[string]Reference) (form, wrong string) {
	forms := []struct {
		form string
		keys []string
	}{
		{"bearer", []string{"bearer"}},
		{"basic", []string{"user", "password"}},
		{"key", []string{"key"}},
		{"oauth2", []string{"client_id", "client_secret"}},
	}
	for _, f := range forms {
		found := 0
		for _, k := range f.keys {
			if _, ok := values[k]; ok {
				found++
			}
		}
		switch {
		case found == 0:
		case found < len(f.keys):
			return "", "credentials need " + strings.Join(f.keys, " and ")
		case found < len(values):
			return "", "credentials have one form, not several"
		default:
			return f.form, ""
		}
	}
	return "", "credentials are empty"
}
