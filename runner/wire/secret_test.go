package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "c4nary/To+ken=<&>\"\\ é!"

func TestSecretPrintsItselfNowhere(t *testing.T) {
	type account struct {
		name   string
		secret Secret
		Proof  *Credential
	}
	holder := account{"rome", NewSecret(canary), Bearer(NewSecret(canary))}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb, holder.secret)
		fmt.Fprintf(&out, verb, &holder)
		fmt.Fprintf(&out, verb, holder.Proof)
		fmt.Fprintf(&out, verb, []Secret{holder.secret})
		fmt.Fprintf(&out, verb, NewRedactor(canary))
		fmt.Fprintf(&out, verb, *holder.Proof)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", holder.secret, "holder", holder, "proof", holder.Proof)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", holder.secret, "holder", holder)
	encoded, err := json.Marshal(map[string]any{"a": holder.secret, "b": holder.Proof, "c": holder})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	if strings.Contains(out.String(), "c4nary") || strings.Contains(out.String(), "63346e617279") {
		t.Errorf("the secret shows:\n%s", out.String())
	}
	if holder.secret.Reveal() != canary || (Secret{}).Reveal() != "" {
		t.Error("Reveal does not give the text")
	}
}
