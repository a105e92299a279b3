package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLibraryStripeMock runs the suite on a stripe-mock of its own.
func TestLibraryStripeMock(t *testing.T) {
	t.Parallel()
	binary := provided(t, "stripe-mock-v0.203.0")
	port := freePort(t)
	serve(t, "http://"+port+"/v1/balance", exec.Command(binary, "-http-addr", port, "-https-addr", "127.0.0.1:0"))
	verdicts := map[string]string{}
	both := []string{"secret", "restricted"}
	told(verdicts, "known lost-write", "A new customer is saved and listed", both...)
	told(verdicts, "known lost-write", "A charge is made as it was ordered", both...)
	told(verdicts, "known lost-write", "A coupon is saved under the id that it was given", both...)
	told(verdicts, "broken wrong-status", "A customer that never was cannot be changed", both...)
	// What was never kept cannot be changed, deleted or found: nothing is said about that.
	told(verdicts, "inconclusive setup-failed", "A customer is renamed, and nothing else of it", both...)
	told(verdicts, "inconclusive setup-failed", "A customer is deleted", both...)
	told(verdicts, "inconclusive setup-failed", "The list finds a customer", both...)
	libraryRun{
		name: "stripe-mock",
		env: []string{
			"STRIPE_MOCK=http://" + port,
			"STRIPE_MOCK_SECRET=sk_test_123", "STRIPE_MOCK_RESTRICTED=rk_test_123",
		},
		other: verdicts,
		ids:   `\b(cus|ch)_\w{14,}\b`,
	}.play(t)
}

// Stripe's own OpenAPI document has 8 MB and some six hundred operations. The suite
// loads with it, and finds in it how a credential travels and what is asked by name.
func TestLibraryStripeDocument(t *testing.T) {
	t.Parallel()
	if raceEnabled && !soak() {
		t.Skip("the race detector takes half a minute to read it, and there is nothing to race; .ci/run has it read without")
	}
	document := provided(t, "stripe-openapi-v0.203.0.json")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "contracts", "library", "stripe-mock"))); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := os.ReadFile(filepath.Join(dir, "provider.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	written := strings.Replace(string(provider), "auth: bearer", "openapi: ./stripe.json", 1)
	if err := errorsOf(
		os.WriteFile(filepath.Join(dir, "stripe.json"), text, 0o600),
		os.WriteFile(filepath.Join(dir, "provider.yaml"), []byte(written), 0o600),
		os.WriteFile(filepath.Join(dir, "named.contract.yaml"), []byte("contract: By name\ncall: PostCustomers\nbody: {name: \"New ${unique}\"}\ncreates: customer\n"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("polygraph", "check", ".")
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), "nothing is wrong with 10 contracts") {
		t.Errorf("%v\n%s", err, said)
	}
}
