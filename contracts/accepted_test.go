package contracts

import "testing"

// TestPollIsRead tells the three things that can be polled apart, and keeps what was written.
func TestPollIsRead(t *testing.T) {
	for _, row := range []struct {
		poll    string
		address bool
		thing   string
		webhook bool
	}{
		{"response.headers.location", true, "", false},
		{"review", false, "review", false},
		{"published", false, "", true},
	} {
		a := oneContract(t, "call: POST /reviews\nbody: {title: a}\ncreates: review\naccepted: {poll: "+row.poll+", done: 1 == 1}\n").Accepted
		if a.Text != row.poll || (a.Poll != nil) != row.address || a.Thing != row.thing || (a.Webhook != nil) != row.webhook {
			t.Errorf("%s: %+v", row.poll, a)
		}
	}
}
