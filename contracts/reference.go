package contracts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A piece of a reference: literal text, or a source with its argument.
type piece struct {
	source string // env, file, exec; "" for literal text
	text   string
}

const referenceHint = "references are ${env.NAME}, ${file.PATH} and ${exec.COMMAND ARGUMENTS}; $${ is a literal ${"

// pieces takes a reference apart.
func pieces(s string) ([]piece, error) {
	var out []piece
	literal := ""
	for s != "" {
		i := strings.Index(s, "${")
		if i < 0 {
			literal += s
			break
		}
		if i > 0 && s[i-1] == '$' {
			literal += s[:i-1] + "${"
			s = s[i+2:]
			continue
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return nil, errors.New("the reference ${ has no }")
		}
		source, argument, _ := strings.Cut(strings.TrimSpace(s[i+2:i+end]), ".")
		if source != "env" && source != "file" && source != "exec" || strings.TrimSpace(argument) == "" {
			return nil, fmt.Errorf("%s is no reference", s[i:i+end+1])
		}
		if literal+s[:i] != "" {
			out = append(out, piece{text: literal + s[:i]})
		}
		literal = ""
		out = append(out, piece{source, argument})
		s = s[i+end+1:]
	}
	if literal != "" {
		out = append(out, piece{text: literal})
	}
	return out, nil
}

// Literal tells whether the reference is plain text, written into the file.
func (r Reference) Literal() bool {
	ps, err := pieces(r.Text)
	if err != nil {
		return false
	}
	for _, p := range ps {
		if p.source != "" {
			return false
		}
	}
	return true
}

// maxSecret and execTime bound what a file or command gives.
const (
	maxSecret = 64 << 10
	execTime  = 10 * time.Second
)

// A Resolved is what a reference came to.
type Resolved struct {
	Text    string   // what is sent
	Secrets []string // those parts of it that do not stand in the file
}

// Resolve gives the secret. Line ends at the end of a file or of a command's
// output are left out. Commands run without a shell, their words parted by
// spaces, in the suite's folder, for at most ten seconds. The error names the
// reference, never the secret.
func (r Reference) Resolve(env func(string) (string, bool)) (Resolved, error) {
	var found Resolved
	ps, err := pieces(r.Text)
	if err != nil {
		return found, fmt.Errorf("%s: %w", r.Pos, err)
	}
	for _, p := range ps {
		v := p.text
		switch p.source {
		case "env":
			v, err = fromEnvironment(p.text, env)
		case "file":
			v, err = r.fromFile(p.text)
		case "exec":
			v, err = r.fromCommand(p.text)
		}
		if err != nil {
			return Resolved{}, fmt.Errorf("%s: ${%s.%s}: %w", r.Pos, p.source, p.text, err)
		}
		if p.source != "" {
			found.Secrets = append(found.Secrets, v)
		}
		found.Text += v
	}
	return found, nil
}

// AtHand gives what is known of a secret without opening a file or running a command:
// what is written out, and variables that are set.
func (r Reference) AtHand(env func(string) (string, bool)) []string {
	ps, err := pieces(r.Text)
	if err != nil {
		return nil
	}
	var known []string
	for _, p := range ps {
		switch p.source {
		case "":
			known = append(known, p.text)
		case "env":
			if v, err := fromEnvironment(p.text, env); err == nil {
				known = append(known, v)
			}
		}
	}
	return known
}

func fromEnvironment(name string, env func(string) (string, bool)) (string, error) {
	if env == nil {
		return "", errors.New("is not set")
	}
	v, ok := env(name)
	if !ok {
		return "", errors.New("is not set")
	}
	if v == "" {
		return "", errors.New("is empty")
	}
	return v, nil
}

func (r Reference) fromFile(name string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.Dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", plainReason(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", plainReason(err)
	}
	return bounded(content)
}

func (r Reference) fromCommand(command string) (string, error) {
	ctx, stop := context.WithTimeout(context.Background(), execTime)
	defer stop()
	words := strings.Fields(command)
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Dir = r.Dir
	c.WaitDelay = time.Second
	var out bytes.Buffer
	c.Stdout = &limited{to: &out, left: maxSecret + 1}
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("took longer than %s", execTime)
		}
		return "", err
	}
	return bounded(out.Bytes())
}

func bounded(content []byte) (string, error) {
	if len(content) > maxSecret {
		return "", fmt.Errorf("is larger than %d KiB", maxSecret>>10)
	}
	v := strings.TrimRight(string(content), "\r\n")
	if v == "" {
		return "", errors.New("is empty")
	}
	return v, nil
}

// limited drops what a command says beyond a bound.
type limited struct {
	to   io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	if _, err := l.to.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// environment fills in ${env.X} in server, vars and hosts. Where the variable is
// not set, a run has a mistake and a check keeps the text.
func (l *loader) environment(n *node) string {
	ps, err := pieces(n.text)
	if err != nil {
		l.mistake(n, "here a value may hold ${env.NAME}; $${ is a literal ${", "%s", err)
		return n.text
	}
	var b strings.Builder
	for _, p := range ps {
		switch p.source {
		case "":
			b.WriteString(p.text)
			continue
		case "file", "exec":
			l.mistake(n, "here a value may hold ${env.NAME}", "${%s.…} is for credentials only", p.source)
			return n.text
		}
		v, err := fromEnvironment(p.text, l.Env)
		if err != nil {
			if l.strict {
				l.mistake(n, "set it, or write the value", "${env.%s} %s", p.text, err)
			}
			return n.text
		}
		b.WriteString(v)
	}
	return b.String()
}

// credentials reads references in the form of their scheme.
func (l *loader) credentials(t *Target, n *node) *Credentials {
	if n == nil || l.fields(n, credentialsBlock(), "") == nil {
		return nil
	}
	c := &Credentials{Pos: n.pos, Values: map[string]Reference{}}
	for _, p := range n.pairs {
		if p.key.text != "basic" {
			l.secret(t, c, p.key.text, p.value)
			continue
		}
		if l.fields(p.value, basicBlock(), "") == nil {
			return nil
		}
		if p.value.get("user") == nil || p.value.get("password") == nil {
			return nil // reported by fields
		}
		l.secret(t, c, "user", p.value.get("user"))
		l.secret(t, c, "password", p.value.get("password"))
	}
	if len(c.Values) == 0 && len(n.pairs) > 0 {
		return nil // reported above
	}
	form, wrong := credentialForm(c.Values)
	if wrong != "" {
		l.mistake(n, "{bearer: T}, {basic: {user: U, password: P}}, {key: K} or {client_id: I, client_secret: S}", "%s", wrong)
	}
	c.Form = form
	return c
}

func (l *loader) secret(t *Target, c *Credentials, key string, n *node) {
	if n == nil || n.shape == missing || !credentialsBlock().has(key) && !basicBlock().has(key) {
		return
	}
	if l.text(n, key) == "" {
		return
	}
	r := Reference{Pos: n.pos, Text: n.text, Dir: l.dir}
	if m := l.literal(t, key, r); m != nil {
		// The line is left out of the mistake: it holds the secret.
		l.add(*m)
	}
	c.Values[key] = r
}

// IsName tells whether a value of credentials says who somebody is, and proves nothing:
// user, client_id.
func IsName(key string) bool { return key == "user" || key == "client_id" }

// literal reports what is no reference, and a secret that is written out for a
// target that is not on this machine.
func (l *loader) literal(t *Target, key string, r Reference) *Mistake {
	if _, err := pieces(r.Text); err != nil {
		return &Mistake{Position: r.Pos, Message: err.Error(), Hint: referenceHint}
	}
	if r.Literal() && !IsName(key) && !t.Loopback() {
		return &Mistake{Position: r.Pos, Message: "a credential is written out, for a target that is not on this machine",
			Hint: "write ${env.NAME}, ${file.PATH} or ${exec.COMMAND}, so that the file can be shown"}
	}
	return nil
}
