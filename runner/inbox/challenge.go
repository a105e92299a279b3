package inbox

import (
	"encoding/json"
	"net/http"
)

// An answer is what is said to a provider that first asks whether somebody is there.
type answer struct{ text string }

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(a.text)) // who is gone need not be told
}

// mostEchoed bounds what is said back.
const mostEchoed = 4 << 10

// challenge recognises the question whether somebody is there, which is no event: GET with
// hub.challenge (W3C WebSub, section 5.3), POST with validationToken (Microsoft Graph),
// and the JSON text of type url_verification (Slack). Each wants to have its own word back.
func challenge(r *http.Request, raw []byte) (answer, bool) {
	query := r.URL.Query()
	for _, name := range []string{"hub.challenge", "validationToken"} {
		if word := query.Get(name); word != "" && len(word) <= mostEchoed && (name == "validationToken" || r.Method == http.MethodGet) {
			return answer{word}, true
		}
	}
	var asked struct {
		Type, Challenge string
	}
	if len(raw) <= mostEchoed && json.Unmarshal(raw, &asked) == nil && asked.Type == "url_verification" && asked.Challenge != "" {
		return answer{asked.Challenge}, true
	}
	return answer{}, false
}
