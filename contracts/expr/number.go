package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Arithmetic takes numbers of up to this many digits and this exponent. Comparison takes any: it never writes a number
// out, so 1e1000000000 costs no more than 1.
const (
	maxDigits   = 1000
	maxExponent = 1000
)

// divisionDigits are the digits that a quotient has beyond those of its operands; a quotient that ends sooner is exact.
const divisionDigits = 34

// number is a JSON number with its small integer form, if it has one. A number is whole by how it is written: 2 is, 2.0
// is not. That decides division only, as in CEL: 7 / 2 is 3, 7 / 2.0 is 3.5.
type number struct {
	text  string
	small bool // i holds it
	i     int64
}

// numberOf reads v as a number. Go's own int and float64 are taken too, as callers write literals.
func numberOf(v any) (number, bool) {
	switch v := v.(type) {
	case json.Number:
		return readNumber(string(v)), true
	case int:
		return number{strconv.Itoa(v), true, int64(v)}, true
	case int64:
		return number{strconv.FormatInt(v, 10), true, v}, true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return number{}, false
		}
		return readNumber(strconv.FormatFloat(v, 'g', -1, 64)), true
	}
	return number{}, false
}

func readNumber(text string) number {
	i, err := strconv.ParseInt(text, 10, 64)
	return number{text, err == nil, i}
}

// whole says whether the number is written without a fraction and without an exponent.
func (n number) whole() bool {
	return n.small || !strings.ContainsAny(n.text, ".eE")
}

// decimal is a number without a spelling: 0.digits × 10^exponent. Digits begin and end with none of 0; zero has none.
type decimal struct {
	negative bool
	digits   string
	exponent int64
}

// readDecimal reads a JSON number of any size. It fails on what is no number, and on exponents beyond 17 digits.
func readDecimal(text string) (decimal, bool) {
	var d decimal
	rest, negative := strings.CutPrefix(text, "-")
	rest, exponent, scientific := cutExponent(rest)
	if scientific {
		e, err := strconv.ParseInt(exponent, 10, 64)
		if err != nil || len(strings.TrimLeft(exponent, "+-0")) > 17 {
			return d, false
		}
		d.exponent = e
	}
	units, fraction, _ := strings.Cut(rest, ".")
	digits := units + fraction
	if units == "" || strings.Trim(digits, "0123456789") != "" {
		return d, false
	}
	d.exponent += int64(len(units))
	trimmed := strings.TrimLeft(digits, "0")
	d.exponent -= int64(len(digits) - len(trimmed))
	d.digits = strings.TrimRight(trimmed, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	d.negative = negative
	return d, true
}

func cutExponent(text string) (mantissa, exponent string, found bool) {
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// compare orders two decimals without writing either of them out.
func (d decimal) compare(other decimal) int {
	if d.sign() != other.sign() {
		return d.sign() - other.sign()
	}
	size := 0
	switch {
	case d.exponent != other.exponent && d.exponent < other.exponent:
		size = -1
	case d.exponent != other.exponent:
		size = 1
	default:
		size = strings.Compare(d.digits, other.digits)
	}
	if d.negative {
		return -size
	}
	return size
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// String writes the decimal plainly where that takes reasonable room, else with an exponent.
func (d decimal) String() string {
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	n := int64(len(d.digits))
	switch {
	case n == 0:
		return "0"
	case d.exponent > 400 || d.exponent < -40:
		b.WriteString(d.digits[:1])
		if n > 1 {
			b.WriteString("." + d.digits[1:])
		}
		b.WriteString("e" + strconv.FormatInt(d.exponent-1, 10))
	case d.exponent <= 0:
		b.WriteString("0." + strings.Repeat("0", int(-d.exponent)) + d.digits)
	case d.exponent >= n:
		b.WriteString(d.digits + strings.Repeat("0", int(d.exponent-n)))
	default:
		b.WriteString(d.digits[:d.exponent] + "." + d.digits[d.exponent:])
	}
	return b.String()
}

// Canonical is the one spelling that equal numbers share: 1.50 and 15e-1 are 1.5; 1.0 is 1. What is no JSON number stays
// as it is.
func Canonical(n json.Number) string {
	d, ok := readDecimal(string(n))
	if !ok {
		return string(n)
	}
	return d.String()
}

// order compares two numbers exactly: negative, 0 or positive. It fails on what is no JSON number.
func order(a, b number) (int, error) {
	if a.small && b.small {
		switch {
		case a.i < b.i:
			return -1, nil
		case a.i > b.i:
			return 1, nil
		}
		return 0, nil
	}
	x, ok := readDecimal(a.text)
	if !ok {
		return 0, fmt.Errorf("%s is no number that can be compared", shorten(a.text))
	}
	y, ok := readDecimal(b.text)
	if !ok {
		return 0, fmt.Errorf("%s is no number that can be compared", shorten(b.text))
	}
	return x.compare(y), nil
}

func sameNumber(a, b number) bool {
	if a.small && b.small {
		return a.i == b.i
	}
	x, okX := readDecimal(a.text)
	y, okY := readDecimal(b.text)
	if !okX || !okY {
		return a.text == b.text
	}
	return x == y
}

var errDivision = errors.New("division by zero")

// calculate is a op b for one of + - * / %. Whole numbers stay whole and grow past 64 bits where they must.
func calculate(op byte, a, b number) (json.Number, error) {
	if a.small && b.small {
		if i, ok, err := calculateSmall(op, a.i, b.i); ok || err != nil {
			return json.Number(strconv.FormatInt(i, 10)), err
		}
	}
	whole := a.whole() && b.whole()
	x, err := bounded(a)
	if err != nil {
		return "", err
	}
	y, err := bounded(b)
	if err != nil {
		return "", err
	}
	if (op == '/' || op == '%') && y.IsZero() {
		return "", errDivision
	}
	if op == '%' && !whole {
		return "", errors.New("% wants whole numbers")
	}
	return calculateDecimal(op, x, y, whole)
}

// calculateSmall does 64-bit arithmetic; ok is false where the answer does not fit.
func calculateSmall(op byte, a, b int64) (answer int64, ok bool, err error) {
	switch op {
	case '+':
		c := a + b
		return c, (c > a) == (b > 0), nil
	case '-':
		c := a - b
		return c, (c < a) == (b > 0), nil
	case '*':
		return multiplySmall(a, b)
	}
	if b == 0 {
		return 0, false, errDivision
	}
	if a == math.MinInt64 && b == -1 {
		return 0, op == '%', nil
	}
	if op == '/' {
		return a / b, true, nil
	}
	return a % b, true, nil
}

func multiplySmall(a, b int64) (int64, bool, error) {
	if a == math.MinInt64 || b == math.MinInt64 {
		return 0, false, nil
	}
	high, low := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b)))
	return a * b, high == 0 && low <= math.MaxInt64, nil
}

// bounded reads a number for arithmetic, which writes it out and so must not take 1e1000000000.
func bounded(n number) (*apd.Decimal, error) {
	d, ok := readDecimal(n.text)
	if !ok || len(d.digits) > maxDigits || d.exponent > maxExponent || d.exponent < -maxExponent {
		return nil, fmt.Errorf("%s is too large or too fine to calculate with", shorten(n.text))
	}
	x, _, err := apd.NewFromString(n.text)
	return x, err
}

func calculateDecimal(op byte, x, y *apd.Decimal, whole bool) (json.Number, error) {
	c := apd.BaseContext.WithPrecision(8 * maxDigits)
	answer := new(apd.Decimal)
	var err error
	switch {
	case op == '+':
		_, err = c.Add(answer, x, y)
	case op == '-':
		_, err = c.Sub(answer, x, y)
	case op == '*':
		_, err = c.Mul(answer, x, y)
	case op == '%':
		_, err = c.Rem(answer, x, y)
	case whole:
		_, err = c.QuoInteger(answer, x, y)
	default:
		precision := divisionDigits + max(x.NumDigits(), y.NumDigits())
		_, err = c.WithPrecision(uint32(precision)).Quo(answer, x, y)
	}
	if err != nil {
		return "", fmt.Errorf("calculate: %w", err)
	}
	return written(answer, whole), nil
}

// written keeps whole numbers whole and others fractional in their spelling, which is what tells 7 / 2 from 7.0 / 2.
func written(x *apd.Decimal, whole bool) json.Number {
	if whole {
		return json.Number(x.Text('f'))
	}
	return fractional(Canonical(json.Number(x.Text('e'))))
}

func fractional(text string) json.Number {
	if !strings.ContainsAny(text, ".eE") {
		text += ".0"
	}
	return json.Number(text)
}
