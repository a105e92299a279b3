package contracts

import (
	"fmt"
	"mime"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// A replySchema is the schema of one reply of an operation, looked up once.
type replySchema struct {
	documented bool // the document knows the status
	schema     *openapi3.Schema
}

// replySchemas keeps what was looked up; it is safe for concurrent use.
type replySchemas struct {
	mu    sync.Mutex
	known map[string]replySchema
}

// Mismatch says how a reply differs from what the document promises, in a few
// words; "" when it does not, or when the document does not say. It is a remark,
// never a verdict: documents are wrong more often than APIs. body is as decoded,
// with json.Number for numbers.
func (d *Document) Mismatch(op *Operation, status int, contentType string, body any) (remark string) {
	if d == nil || op == nil {
		return ""
	}
	// The library may panic on schemas that nobody would write.
	defer func() {
		if recover() != nil {
			remark = ""
		}
	}()
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = contentType
	}
	r := d.replies.find(op, status, kind)
	if !r.documented {
		return fmt.Sprintf("%s does not document status %d", op.name(), status)
	}
	if r.schema == nil || !strings.Contains(kind, "json") {
		return ""
	}
	if err := r.schema.VisitJSON(body, openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
		return fmt.Sprintf("%s: the reply is not as documented: %s", op.name(), firstMismatch(err))
	}
	return ""
}

// firstMismatch is the first of several errors, without the schema and the value
// that the library prints with it.
func firstMismatch(err error) string {
	if many, ok := err.(openapi3.MultiError); ok && len(many) > 0 {
		return firstMismatch(many[0])
	}
	if e, ok := err.(*openapi3.SchemaError); ok {
		return strings.Join(e.JSONPointer(), ".") + ": " + oneLine(fmt.Errorf("%s", e.Reason))
	}
	return oneLine(err)
}

func (op *Operation) name() string {
	if op.ID != "" {
		return op.ID
	}
	return op.Method + " " + op.Template
}

func (s *replySchemas) find(op *Operation, status int, kind string) replySchema {
	key := op.Method + " " + op.Template + " " + strconv.Itoa(status) + " " + kind
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.known[key]; ok {
		return r
	}
	if s.known == nil {
		s.known = map[string]replySchema{}
	}
	r := op.schemaOf(strconv.Itoa(status), kind)
	s.known[key] = r
	return r
}

// schemaOf looks a reply up by its status, class or default, and media type.
func (op *Operation) schemaOf(status, kind string) replySchema {
	if op.raw.Responses == nil || op.raw.Responses.Len() == 0 {
		return replySchema{documented: true}
	}
	for _, key := range []string{status, status[:1] + "XX", "default"} {
		ref := op.raw.Responses.Value(key)
		if ref == nil || ref.Value == nil {
			continue
		}
		m := ref.Value.Content.Get(kind)
		if m == nil || m.Schema == nil {
			return replySchema{documented: true}
		}
		return replySchema{true, m.Schema.Value}
	}
	return replySchema{}
}
