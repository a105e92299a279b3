//go:build unix

package history

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/pgserver"
)

// served starts a Postgres for a test. Where .ci/providers has installed what it can, one
// that is missing is a failure.
func served(t *testing.T) *pgserver.Server {
	t.Helper()
	server, err := pgserver.Start()
	_, wanted := os.LookupEnv("POLYGRAPH_PROVIDERS")
	if _, noDebian := exec.LookPath("apt-get"); errors.Is(err, pgserver.ErrNone) && (!wanted || noDebian != nil) {
		t.Skip("NOT TESTED on Postgres, which is not installed: .ci/providers does that")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	server := served(t)
	db, err := sql.Open("pgx", server.Address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for at, each := range behaviours { // one after another: they share the server
		t.Run(each.name, func(t *testing.T) {
			name := fmt.Sprintf("test%d", at)
			if _, err := db.Exec("CREATE SCHEMA " + name); err != nil {
				t.Fatal(err)
			}
			each.test(t, server.Address("postgres", "search_path", name))
		})
	}
	t.Run("a schema of its own", func(t *testing.T) {
		address := server.Address("postgres")
		if _, err := Read(address); !errors.Is(err, ErrNone) {
			t.Errorf("there is something already: %v", err)
		}
		openedIn(t, address)
		var n int
		if err := db.QueryRow("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'polygraph'").Scan(&n); err != nil || n != 7 {
			t.Errorf("%d tables, %v", n, err)
		}
		if _, err := db.Exec("UPDATE polygraph.polygraph_schema SET version = 7"); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(address); err == nil || !strings.Contains(err.Error(), "newer polygraph (schema 7; this one knows 3)") {
			t.Errorf("a newer one's is taken: %v", err)
		}
	})
	t.Run("nobody tells the password", func(t *testing.T) {
		const guess = "gu3ss/ed p@ss"
		right := server.Address("postgres")
		for _, address := range []string{
			strings.Replace(right, pgserver.User+":", "nobody:", 1),
			strings.Replace(right, "/postgres", "/nowhere", 1),
			strings.Replace(right, "127.0.0.1", "127.0.0.1:99999", 1),
			strings.Replace(right, "@127.0.0.1:", "@127.0.0.1:1", 1),
			right + "?sslmode=verify-full", right + "?sslmode=nonsense", right + "?connect_timeout=x", right + " %zz",
			"postgres://polygraph@127.0.0.1:1/postgres?password=" + "s3cret%2Fp%40ss%20word",
		} {
			_, err := Open(address)
			if err == nil {
				t.Errorf("%s opens", address)
				continue
			}
			for _, text := range []string{err.Error(), Shown(address)} {
				for _, secret := range []string{pgserver.Password, "s3cret", guess} {
					if strings.Contains(text, secret) {
						t.Errorf("%s shows the password: %s", address, text)
					}
				}
			}
		}
	})
}
