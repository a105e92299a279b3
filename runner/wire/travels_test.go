package wire

import "testing"

func TestTravelsSaysHowAndNotWhat(t *testing.T) {
	t.Parallel()
	secret := NewSecret("a-long-secret")
	for want, c := range map[string]*Credential{
		"":                 nil,
		"bearer":           Bearer(secret),
		"basic":            Basic("user", secret),
		"header X-Api-Key": Header("x-api-key", secret),
		"query key":        Query("key", secret),
		"cookie sid":       Cookie("sid", secret),
		"oauth2":           ClientCredentials("https://id.example/token", "client", secret),
	} {
		if got := c.Travels(); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
