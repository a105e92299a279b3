package report

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Curl is an exchange's request as one command for a POSIX shell, to be copied and
// run: with the same method, address, headers and body, sent once, and no redirect
// followed. What was masked stands as variables ([Variables] names them):
// $POLYGRAPH_SHOP_OSLO_BEARER is the token of the account shop-oslo.
//
// "" is given for what cannot be sent: a delivery that came to us, an address that
// is none of HTTP.
func Curl(x *wire.Exchange) string {
	c := curlOf(x, nil)
	if c == nil {
		return ""
	}
	return c.String()
}

// A Variable is what somebody must fill in who runs a command of Curl.
type Variable struct {
	Name string // without $
	Is   string // "the bearer token of shop-oslo"
}

// Variables are those of Curl's command for an exchange, in their order.
func Variables(x *wire.Exchange) []Variable {
	if c := curlOf(x, nil); c != nil {
		return c.needs
	}
	return nil
}

// A curl is a command before it is text.
type curl struct {
	options []option
	body    word // nil: none
	address word
	needs   []Variable
}

// An option of a command, with its value where it has one.
type option struct {
	name  string
	value word
}

// curlOf makes the command for an exchange, nil where there is none. fill says what
// else of its texts are variables; nil for nothing.
func curlOf(x *wire.Exchange, fill filling) *curl {
	at, err := url.Parse(x.URL)
	if x.Received || err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return nil
	}
	c := &curl{}
	secret := Variable{variableOf(x.Eyes, "SECRET"), "the secret that is masked as *** in the request of " + named(x.Eyes)}
	fill = append(filling{{wire.Mask, func() string { return c.need(secret) }, anywhere}}, fill...)
	c.method(x)
	for _, field := range x.RequestHeader {
		if !ofTheTransport[field.Name] {
			c.header(x, field, fill)
		}
	}
	if x.Proof == "mtls" {
		c.option("--cert", word{{variable: c.need(Variable{variableOf(x.Eyes, "CERTIFICATE"), "the file (PEM) with certificate and key of " + named(x.Eyes)})}})
	}
	for _, name := range []string{"Accept", "Content-Type", "Expect"} { // which curl would add by itself
		if x.RequestHeader.Get(name) == "" && (name == "Accept" || x.RequestBody != "" || writes(x.Method)) {
			c.option("-H", literal(name+":"))
		}
	}
	if x.RequestBody != "" {
		c.body = fill.word(x.RequestBody, inBody)
	} else if writes(x.Method) {
		c.body = literal("") // and so Content-Length: 0
	}
	c.address = c.addressOf(x, fill)
	return c
}

// ofTheTransport are headers that curl makes by itself, or that would show the reply as bytes.
var ofTheTransport = map[string]bool{"Accept-Encoding": true, "Content-Length": true, "Host": true, "Connection": true, "Transfer-Encoding": true}

func writes(method string) bool { return method == "POST" || method == "PUT" || method == "PATCH" }

func (c *curl) option(name string, value word) {
	c.options = append(c.options, option{name, value})
}

func (c *curl) method(x *wire.Exchange) {
	switch {
	case x.Method == "HEAD": // with -X HEAD curl would wait for a body
		c.option("-I", nil)
	case x.Method != "GET" || x.RequestBody != "":
		c.option("-X", literal(x.Method))
	}
}

func (c *curl) header(x *wire.Exchange, field wire.Field, fill filling) {
	kind, name, _ := strings.Cut(x.Proof, " ")
	switch {
	case field.Name == "Authorization" && field.Value == wire.Mask && (kind == "bearer" || kind == "oauth2"):
		c.option("-H", word{{text: "Authorization: Bearer "}, {variable: c.need(Variable{variableOf(x.Eyes, "BEARER"), "the bearer token of " + named(x.Eyes)})}})
	case field.Name == "Authorization" && field.Value == wire.Mask && kind == "basic":
		c.option("-u", word{{variable: c.need(Variable{variableOf(x.Eyes, "BASIC"), "user:password of " + named(x.Eyes)})}})
	case field.Name == "Cookie" && field.Value == wire.Mask:
		is := "the cookies of " + named(x.Eyes)
		if kind == "cookie" {
			is += ", that is " + name + "=…"
		}
		c.option("-H", word{{text: "Cookie: "}, {variable: c.need(Variable{variableOf(x.Eyes, "COOKIE"), is})}})
	case field.Value == wire.Mask:
		v := Variable{variableOf(x.Eyes, field.Name), fmt.Sprintf("the whole header %s of %s", strings.ToLower(field.Name), named(x.Eyes))}
		c.option("-H", word{{text: field.Name + ": "}, {variable: c.need(v)}})
	case field.Value == "":
		c.option("-H", literal(field.Name+";")) // with : curl would take it away
	default:
		c.option("-H", append(literal(field.Name+": "), fill.word(field.Value, inHeader)...))
	}
}

// addressOf is the address, with the credential where it travels there.
func (c *curl) addressOf(x *wire.Exchange, fill filling) word {
	name, found := strings.CutPrefix(x.Proof, "query ")
	if !found {
		return fill.word(x.URL, inAddress)
	}
	own := url.QueryEscape(name) + "=" + wire.Mask
	before, after, found := strings.Cut(x.URL, own)
	if !found {
		return fill.word(x.URL, inAddress)
	}
	key := c.need(Variable{variableOf(x.Eyes, "KEY"), fmt.Sprintf("the key of %s, escaped as in an address", named(x.Eyes))})
	own = strings.TrimSuffix(own, wire.Mask)
	return slices.Concat(fill.word(before+own, inAddress), word{{variable: key}}, fill.word(after, inAddress))
}

// need notes a variable, and gives its name.
func (c *curl) need(v Variable) string {
	if !slices.Contains(c.needs, v) {
		c.needs = append(c.needs, v)
	}
	return v.Name
}

// String is the command on several lines.
func (c *curl) String() string { return c.with("-sS -i") }

// with is the command with further options, which are shell already.
//
// It goes without the user's .curlrc, which may follow redirects or send again; an
// address is taken as it is (-g, --path-as-is); and nothing that a text holds makes
// curl read a file, as --data-binary @/etc/passwd would.
func (c *curl) with(options string) string {
	lines := []string{"curl -q " + options + " -g --path-as-is --max-redirs 0"}
	for _, each := range c.options {
		line := each.name
		if each.value != nil {
			line += " " + each.value.String()
		}
		lines = append(lines, line)
	}
	before := ""
	switch {
	case c.body == nil:
	case !c.body.isLine(): // to the byte, which an argument could not carry
		before = c.body.printed() + " | "
		lines = append(lines, "--data-binary @-")
	default:
		lines = append(lines, "--data-raw "+c.body.String())
	}
	lines = append(lines, "--url "+c.address.String())
	return before + strings.Join(lines, " \\\n  ")
}

// named is an account in a sentence.
func named(eyes string) string {
	if eyes == "" {
		return "the account"
	}
	return Line(eyes)
}

// variableOf names a variable after an account and the form of its credential:
// shop-oslo's token is POLYGRAPH_SHOP_OSLO_BEARER. Two accounts never share a name:
// where a name is not simply in small letters with single hyphens, a number that is
// worked out of it tells it from others that read alike.
func variableOf(eyes, form string) string {
	name := "POLYGRAPH"
	if eyes != "" {
		name += "_" + shouted(eyes)
	}
	if !plainName.MatchString(eyes) && eyes != "" {
		sum := fnv.New32a()
		sum.Write([]byte(eyes))
		name += fmt.Sprintf("_%04X", sum.Sum32()&0xFFFF)
	}
	return name + "_" + shouted(form)
}

var plainName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// shouted is a name as variables of the environment are spelt.
func shouted(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name), "_")
}
