package wire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// issue makes a certificate that signs itself, for a server or a client.
func issue(t *testing.T, name string, until time.Time) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses, template.DNSNames = []net.IP{ip}, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs})
}

// secure starts a server with that certificate; its reply says the protocol and the client's name.
func secure(t *testing.T, certificate, key []byte, h2 bool) *httptest.Server {
	t.Helper()
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			client = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		fmt.Fprintf(w, "%s %s", r.Proto, client)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
	server.EnableHTTP2 = h2
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func trusting(t *testing.T, certificate []byte) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(certificate) {
		t.Fatal("no certificate")
	}
	return pool
}

func TestTLSFailuresHaveNames(t *testing.T) {
	tomorrow := time.Now().Add(24 * time.Hour)
	tests := []struct {
		name, host string
		until      time.Time
		trusted    bool
		kind       string
	}{
		{"stranger", "127.0.0.1", tomorrow, false, "tls: unknown authority"},
		{"expired", "127.0.0.1", time.Now().Add(-24 * time.Hour), true, "tls: expired"},
		{"wrong host", "other.example", tomorrow, true, "tls: wrong host"},
	}
	for _, test := range tests {
		certificate, key := issue(t, test.host, test.until)
		server := secure(t, certificate, key, false)
		roots := x509.NewCertPool()
		if test.trusted {
			roots = trusting(t, certificate)
		}
		client := New(Options{Roots: roots})
		for _, act := range []bool{false, true} {
			reply := client.Send(context.Background(), Request{URL: server.URL, Act: act})
			if f := reply.Failure; f == nil || f.Kind != test.kind || f.Phase != PhaseTLS || f.Sent {
				t.Errorf("%s: got %+v, want %s", test.name, f, test.kind)
			}
		}
		client.Close()
	}
}

func TestPlainServerIsNamed(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	reply := client.Send(context.Background(), Request{URL: strings.Replace(server.URL, "http:", "https:", 1)})
	if reply.Failure == nil || reply.Failure.Kind != "tls: not tls" {
		t.Errorf("got %+v", reply.Failure)
	}
}

func TestBothProtocolsAndCertificates(t *testing.T) {
	tomorrow := time.Now().Add(24 * time.Hour)
	certificate, key := issue(t, "127.0.0.1", tomorrow)
	accounts := map[string]*Credential{"nobody": nil}
	for _, name := range []string{"rome", "oslo"} {
		own, ownKey := issue(t, name, tomorrow)
		account, err := Certificate(own, NewSecret(string(ownKey)))
		if err != nil {
			t.Fatal(err)
		}
		accounts[name] = account
	}
	for _, h2 := range []bool{false, true} {
		server := secure(t, certificate, key, h2)
		proto := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[h2]
		client := New(Options{Roots: trusting(t, certificate)})
		for range 3 { // again, on connections that are kept
			for name, account := range accounts {
				for _, act := range []bool{false, true} {
					request := Request{Method: "POST", Body: []byte("{}"), URL: server.URL, Credential: account, Origin: server.URL, Act: act}
					reply := client.Send(context.Background(), request)
					if want := proto + " " + name; reply.Failure != nil || reply.Text != want || reply.Sends != 1 {
						t.Errorf("got %q, %v, %d sends; want %q", reply.Text, reply.Failure, reply.Sends, want)
					}
					request.Origin = "https://elsewhere.example"
					if reply := client.Send(context.Background(), request); reply.Text != proto+" nobody" {
						t.Errorf("away from home %s is %q", name, reply.Text)
					}
				}
			}
		}
		client.Close()
	}
}

// TestActIsNotReplayedOverHTTP2 has a server refuse streams in a way that Go's transport answers with a replay.
func TestActIsNotReplayedOverHTTP2(t *testing.T) {
	certificate, key := issue(t, "127.0.0.1", time.Now().Add(24*time.Hour))
	for _, act := range []bool{false, true} {
		server := newRefuser(t, certificate, key)
		client := New(Options{Roots: trusting(t, certificate), Whole: 2 * time.Second})
		reply := client.Send(context.Background(), Request{URL: "https://" + server.Addr().String(), Act: act})
		client.Close()
		if reply.Failure == nil {
			t.Errorf("act %v: no failure", act)
		}
		if arrived := server.streams.Load(); act && (arrived != 1 || reply.Sends != 1) || !act && arrived < 2 {
			t.Errorf("act %v: arrived %d times, %d sends", act, arrived, reply.Sends)
		}
	}
}
