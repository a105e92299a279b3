package history

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A row is one cell as it is stored.
type row struct {
	number    int
	cell      verdict.Cell
	class     verdict.Class
	kind      verdict.Kind
	result    string
	exchanges []byte
}

// rowsOf writes the cells of a run, several at a time: it is what a user waits for when
// all the waiting for the provider is over.
func rowsOf(run *engine.Finished) ([]row, error) {
	rows, errs := make([]row, len(run.Results)), make([]error, len(run.Results))
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(run.Results)) {
		all.Go(func() {
			zip, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // one for many: each has tables of a megabyte
			for at := int(next.Add(1)) - 1; at < len(rows); at = int(next.Add(1)) - 1 {
				rows[at], errs[at] = rowOf(run.Results[at], zip)
			}
		})
	}
	all.Wait()
	for at, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", run.Results[at].Number, err)
		}
	}
	return rows, nil
}

func rowOf(r *engine.Result, zip *gzip.Writer) (row, error) {
	without := *r
	without.Exchanges = nil
	if without.Record == nil && r.Cell != nil {
		// The record is all that names a cell in history.
		without.Record = &verdict.Record{Cell: r.Subject()}
	}
	text, err := json.Marshal(&without)
	if err != nil {
		return row{}, err
	}
	packed, err := pack(r.Exchanges, zip)
	return row{
		number: r.Number, cell: r.Subject(), class: r.Verdict.Class, kind: r.Verdict.Kind,
		result: string(text), exchanges: packed,
	}, err
}

// result reads what rowOf wrote. Numbers in records stay as they were written:
// 9007199254740993 must not come back as …992.
func result(text []byte) (*engine.Result, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	r := &engine.Result{}
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("read a stored cell: %w", err)
	}
	return r, nil
}

func pack(exchanges []*wire.Exchange, zip *gzip.Writer) ([]byte, error) {
	if len(exchanges) == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	zip.Reset(&out)
	if err := json.NewEncoder(zip).Encode(exchanges); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) ([]*wire.Exchange, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("read stored exchanges: %w", err)
	}
	var exchanges []*wire.Exchange
	if err := json.NewDecoder(zip).Decode(&exchanges); err != nil {
		return nil, fmt.Errorf("read stored exchanges: %w", err)
	}
	_, err = io.Copy(io.Discard, zip) // to the checksum
	return exchanges, err
}
