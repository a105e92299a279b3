package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

// kinds are the records that a line can hold, by their name in it.
var kinds = map[string]func(json.RawMessage) (Record, error){
	"changing": decode[Changing],
	"deleting": decode[Deleting],
	"done":     decode[Done],
	"header":   decode[Header],
	"intent":   decode[Intent],
	"left":     decode[Left],
	"made":     decode[Made],
	"removed":  decode[Removed],
	"replied":  decode[Replied],
}

func decode[T Record](raw json.RawMessage) (Record, error) {
	var record T
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields() // a newer polygraph's: half understood is not understood
	if err := decoder.Decode(&record); err != nil {
		return nil, err
	}
	return record, record.flaw()
}

// frame writes a record as a line:
//
//	run number checksum {"kind":{…}}
//
// The number counts from 1, the header's, so that a missing line is noticed; the
// run keeps a line of another file from being taken for one of this; the checksum
// (CRC-32C in eight hex digits, over everything else of the line but the spaces
// beside it) finds every change of up to four bytes in a row. JSON writes no line
// break, so a reader finds its way back after anything.
func frame(run string, number int, record Record) ([]byte, error) {
	body, err := wrap(record)
	if err != nil {
		return nil, err
	}
	return seal(run, number, body), nil
}

// wrap writes a record without what depends on its place in the file.
func wrap(record Record) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // an address keeps its & for whoever reads the file
	if err := encoder.Encode(map[string]Record{record.kind(): record}); err != nil {
		return nil, fmt.Errorf("write %s: %w", record.kind(), err)
	}
	return text.Bytes()[:text.Len()-1], nil // Encode ends with a line break
}

func seal(run string, number int, body []byte) []byte {
	head := run + " " + strconv.Itoa(number)
	return fmt.Appendf(nil, "%s %s %s\n", head, checksum(head, body), body)
}

func checksum(head string, body []byte) string {
	table := crc32.MakeTable(crc32.Castagnoli)
	return fmt.Sprintf("%08x", crc32.Update(crc32.Checksum([]byte(head), table), table, body))
}

// A line is one that was read and found whole.
type line struct {
	run    string
	number int
	record Record
}

// unframe reads a line, given without its line break. Only what frame writes is
// accepted, to the letter: no capital hex digits, no second space, no sign.
func unframe(text []byte) (line, error) {
	run, rest, _ := bytes.Cut(text, []byte(" "))
	digits, rest, _ := bytes.Cut(rest, []byte(" "))
	sum, body, whole := bytes.Cut(rest, []byte(" "))
	number, err := strconv.Atoi(string(digits))
	if !whole || err != nil || number < 1 || strconv.Itoa(number) != string(digits) || !validRun(string(run)) {
		return line{}, errors.New("not a line of a journal")
	}
	if checksum(string(run)+" "+string(digits), body) != string(sum) {
		return line{}, errors.New("its checksum is wrong")
	}
	record, err := unwrap(body)
	return line{run: string(run), number: number, record: record}, err
}

func unwrap(body []byte) (Record, error) {
	var wrapped map[string]json.RawMessage
	if err := json.Unmarshal(body, &wrapped); err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	for kind, raw := range wrapped {
		if len(wrapped) > 1 {
			break
		}
		read, known := kinds[kind]
		if !known {
			return nil, fmt.Errorf("this version knows no record named %q", kind)
		}
		record, err := read(raw)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", kind, err)
		}
		return record, nil
	}
	return nil, errors.New("it holds more than one record, or none")
}
