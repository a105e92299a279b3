package history

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// A packer writes values as compressed JSON and reads them back. It is safe for
// concurrent use.
//
// It uses zstd, which of a run's evidence leaves two thirds of what gzip does, in a
// quarter of the time.
type packer struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// window is how far back a text may be repeated, in bytes. Exchanges of a cell repeat each
// other: it was polled.
const window = 256 << 10

// largest is what a value may take unpacked, in bytes; a cell's exchanges take megabytes
// where bodies are large.
const largest = 4 << 30

func newPacker() (*packer, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window))
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(largest))
	return &packer{encoder, decoder}, err
}

func (p *packer) pack(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return p.encoder.EncodeAll(text, make([]byte, 0, len(text)/8)), nil
}

// unpack reads what pack wrote; of nothing it reads nothing. Numbers stay as they were
// written: 9007199254740993 must not come back as …992.
func (p *packer) unpack(packed []byte, into any) error {
	if len(packed) == 0 {
		return nil
	}
	text, err := p.text(packed)
	if err != nil {
		return fmt.Errorf("read what is stored: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read what is stored: %w", err)
	}
	return nil
}

// text is the JSON. Former versions compressed it with gzip.
func (p *packer) text(packed []byte) ([]byte, error) {
	if bytes.HasPrefix(packed, []byte("\x1f\x8b")) {
		zip, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(zip)
	}
	return p.decoder.DecodeAll(packed, nil)
}
