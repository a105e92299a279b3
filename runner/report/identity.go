package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// cellID is a UUID that a cell has in every run of its suite on its target, wherever its
// contract stands in the file.
func cellID(run *engine.Finished, r *engine.Result) string {
	c := r.Subject()
	return uuidOf("cell", suiteName(run), run.Target, c.Contract, c.Case, c.Account)
}

// suiteName is the suite's folder without the way to it, which is another on every machine.
func suiteName(run *engine.Finished) string {
	return path.Base(strings.ReplaceAll(run.Suite, `\`, "/"))
}

// uuidOf draws a UUID of version 8 (RFC 9562 section 5.8) from texts: the same texts give the same.
func uuidOf(texts ...string) string {
	b := digest(texts...)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// fingerprint is a short text that the same texts have always.
func fingerprint(texts ...string) string {
	b := digest(texts...)
	return hex.EncodeToString(b[:16])
}

// digest tells lists of texts apart, also where they read the same in a row.
func digest(texts ...string) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q", texts))
}

// lineOf takes "suite/a.contract.yaml:11" apart; line is 0 where none is named.
func lineOf(place string) (file string, line int) {
	at := strings.LastIndexByte(place, ':')
	if at < 0 {
		return place, 0
	}
	line, err := strconv.Atoi(place[at+1:])
	if err != nil || line < 1 {
		return place, 0
	}
	return place[:at], line
}
