package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

var errTooLarge = errors.New("larger than allowed")

// readBody reads the body of a reply, decompressed, within the limit. What was read comes back with the error, too.
// An error that wraps errGarbled is the content's fault; every other one is the line's.
// The bytes are those of the buffer.
func readBody(reply *http.Response, limit int64, odd *oddities, into *bytes.Buffer) ([]byte, error) {
	noteFraming(reply, odd)
	line := &lineReader{from: reply.Body}
	body, err := readWithin(plainReader(reply.Header.Get("Content-Encoding"), io.LimitReader(line, limit+limit/8+1024)), limit, into)
	switch {
	case err == nil, errors.Is(err, errTooLarge):
		return body, err
	case line.err != nil:
		return body, line.err
	case endsByClosing(reply) && errors.Is(err, io.ErrUnexpectedEOF):
		return body, io.ErrUnexpectedEOF // nothing but the gzip text says where such a body ends
	}
	return body, fmt.Errorf("%w: %w", errGarbled, err)
}

// mostPooled is the largest buffer that is kept for another body.
const mostPooled = 64 << 10

// buffer gives an empty buffer for a body, and the function that gives it back.
func (c *Client) buffer() (*bytes.Buffer, func()) {
	buffer, _ := c.buffers.Get().(*bytes.Buffer)
	if buffer == nil {
		buffer = &bytes.Buffer{}
	}
	return buffer, func() {
		if buffer.Cap() <= mostPooled {
			buffer.Reset()
			c.buffers.Put(buffer)
		}
	}
}

var errGarbled = errors.New("body cannot be decompressed")

// readWithin does not trust the length that the reply states: a thousand replies that lie about it would fill the memory.
func readWithin(from io.Reader, limit int64, into *bytes.Buffer) ([]byte, error) {
	into.Grow(bytes.MinRead)
	_, err := into.ReadFrom(io.LimitReader(from, min(limit+1, mostPooled)))
	if err == nil && into.Len() == mostPooled {
		err = readLarge(io.LimitReader(from, limit+1-mostPooled), into)
	}
	body := into.Bytes()
	if err == nil && int64(len(body)) > limit {
		return body[:limit], fmt.Errorf("body %w: %d bytes", errTooLarge, limit)
	}
	return body, err
}

// readLarge reads what follows piece by piece and then puts it together: a buffer that doubles would hold 24 MiB for a
// body of 8.
func readLarge(from io.Reader, into *bytes.Buffer) error {
	var pieces []*bytes.Buffer
	whole := 0
	for {
		piece := bytes.NewBuffer(make([]byte, 0, 256<<10))
		n, err := io.CopyN(piece, from, 256<<10-bytes.MinRead)
		pieces, whole = append(pieces, piece), whole+int(n)
		if err == nil {
			continue
		}
		into.Grow(whole)
		for _, piece := range pieces {
			into.Write(piece.Bytes())
		}
		if err == io.EOF { // and not ErrUnexpectedEOF: that is a cut
			return nil
		}
		return err
	}
}

// lineReader remembers how the body ended on the line, below any decompression.
type lineReader struct {
	from io.Reader
	err  error
}

func (l *lineReader) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if err != nil && err != io.EOF {
		l.err = err
	}
	return n, err
}

// plainReader undoes gzip, the only coding that we ask for.
func plainReader(coding string, from io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "", "identity":
		return from
	case "gzip", "x-gzip":
		return &gzipReader{from: from}
	}
	return failingReader{fmt.Errorf("content-encoding %q is not spoken", coding)}
}

// gzipReader reads the head of the gzip text at the first Read: a body of no bytes, as after HEAD, is no error.
type gzipReader struct {
	from io.Reader
	text *gzip.Reader
}

func (g *gzipReader) Read(p []byte) (n int, err error) {
	if g.text == nil {
		if g.text, err = gzip.NewReader(g.from); err != nil {
			return 0, err
		}
	}
	return g.text.Read(p)
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// endsByClosing says that only the end of the connection ends this body, so that a cut cannot be told from the end
// (RFC 9112, 6.3, the last case).
func endsByClosing(reply *http.Response) bool {
	return reply.ProtoMajor == 1 && reply.Request.Method != http.MethodHead && reply.ContentLength < 0 && len(reply.TransferEncoding) == 0
}

func noteFraming(reply *http.Response, odd *oddities) {
	if endsByClosing(reply) {
		odd.add("the body ends where the connection does: a cut would not be noticed")
	}
	if reply.ProtoMajor == 1 && reply.ProtoMinor == 0 {
		odd.add("replied in HTTP/1.0")
	}
}
