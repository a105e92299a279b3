package engine

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
)

// A marker is what `${unique}` stands for: sixteen characters that only we
// write, by which our things are told from everybody else's, those of other
// runs included. It is lower case and free of punctuation, so that names, mail
// addresses, slugs and search words can carry it.
//
//	pg + twelve random characters + two that are worked out from them
//
// The last two make it all but impossible (1 in 1024) for a text of somebody
// else's that happens to look like a marker to be taken for one.
const (
	markerPrefix = "pg"
	markerRandom = 12
	markerLength = len(markerPrefix) + markerRandom + 2
	markerLetter = "abcdefghijklmnopqrstuvwxyz234567"
)

var markerEncoding = base32.NewEncoding(markerLetter).WithPadding(base32.NoPadding)

// drawMarker gives a marker that was never drawn before: 60 random bits.
func drawMarker() string {
	var bits [8]byte
	_, _ = rand.Read(bits[:]) // never fails, see crypto/rand
	body := markerEncoding.EncodeToString(bits[:])[:markerRandom]
	return markerPrefix + body + markerSum(body)
}

// drawUUID gives a random UUID (RFC 9562, version 4).
func drawUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func markerSum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return string([]byte{markerLetter[sum>>5&31], markerLetter[sum&31]})
}

// findMarkers gives the markers of ours in a text, in order.
func findMarkers(text string) []string {
	var found []string
	for {
		i := strings.Index(text, markerPrefix)
		if i < 0 || len(text)-i < markerLength {
			return found
		}
		word := text[i : i+markerLength]
		body := word[len(markerPrefix) : len(markerPrefix)+markerRandom]
		if strings.Trim(body, markerLetter) == "" && word[len(word)-2:] == markerSum(body) {
			found = append(found, word)
			text = text[i+markerLength:]
			continue
		}
		text = text[i+len(markerPrefix):]
	}
}

// markersIn gives the markers in any text of a value.
func markersIn(value any) []string {
	if !mayMark(value) { // most items are not ours, and need not be walked in order
		return nil
	}
	return markersOf(value)
}

// mayMark tells whether a marker could stand in any text of a value.
func mayMark(value any) bool {
	return anyLeaf(value, func(leaf any) bool {
		text, is := leaf.(string)
		return is && len(text) >= markerLength && strings.Contains(text, markerPrefix)
	})
}

func markersOf(value any) []string {
	switch v := value.(type) {
	case string:
		return findMarkers(v)
	case []any:
		var found []string
		for _, element := range v {
			found = append(found, markersOf(element)...)
		}
		return found
	case map[string]any:
		var found []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			found = append(found, markersOf(v[name])...)
		}
		return found
	}
	return nil
}

// markedFields gives the fields of what was sent whose text carries the marker,
// by dotted path. Lists are not entered: an element has no name to be found by.
func markedFields(sent any, markers ...string) map[string]any {
	marked := map[string]any{}
	collectMarked(marked, "", sent, markers)
	return marked
}

func collectMarked(into map[string]any, path string, value any, markers []string) {
	switch v := value.(type) {
	case string:
		for _, marker := range markers {
			if path != "" && strings.Contains(v, marker) {
				into[path] = v
			}
		}
	case map[string]any:
		for name, element := range v {
			collectMarked(into, joinPath(path, name), element, markers)
		}
	}
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
