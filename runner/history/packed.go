package history

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// A packer writes JSON compressed. One is used for many: each has tables of a megabyte.
type packer struct{ zip *gzip.Writer }

func newPacker() *packer {
	zip, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // a level that there is
	return &packer{zip}
}

// packer gives one that nobody uses; put it back.
func (s *Store) packer() *packer {
	if p, ok := s.packers.Get().(*packer); ok {
		return p
	}
	return newPacker()
}

func (p *packer) pack(value any) ([]byte, error) {
	var out bytes.Buffer
	p.zip.Reset(&out)
	if err := json.NewEncoder(p.zip).Encode(value); err != nil {
		return nil, err
	}
	if err := p.zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpack reads what pack wrote; of nothing it reads nothing. Numbers stay as they were
// written: 9007199254740993 must not come back as …992.
func unpack(packed []byte, into any) error {
	if len(packed) == 0 {
		return nil
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("read what is stored: %w", err)
	}
	decoder := json.NewDecoder(zip)
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read what is stored: %w", err)
	}
	_, err = io.Copy(io.Discard, zip) // to the checksum
	return err
}
