package wire

import "testing"

func TestFailureSaysWhereOnce(t *testing.T) {
	for _, each := range []struct{ name, phase, message, want string }{
		{"the message says it", PhaseDial, "dial tcp 127.0.0.1:1: connection refused", "dial tcp 127.0.0.1:1: connection refused"},
		{"the message begins with it", PhaseTLS, "tls: failed to verify certificate", "tls: failed to verify certificate"},
		{"the message does not say it", PhaseBody, "unexpected EOF", "body: unexpected EOF"},
		{"another word that begins alike", PhaseDial, "dialled in vain", "dial: dialled in vain"},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := (&Failure{Phase: each.phase, Message: each.message}).Error(); got != each.want {
				t.Errorf("got %q, want %q", got, each.want)
			}
		})
	}
}
