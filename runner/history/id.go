package history

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Last is the name of the newest run.
const Last = "last"

// Reserve draws an id that no run in this history has, and keeps it for this
// run: two commands that start together never get the same one. Ids are four
// hex digits; where those run short, they grow. A reserved id that is never
// saved is shown nowhere.
func (s *Store) Reserve(ctx context.Context) (string, error) {
	for attempt := range 64 {
		bytes := make([]byte, 2+attempt/8)
		if _, err := rand.Read(bytes); err != nil {
			return "", fmt.Errorf("draw a run id: %w", err)
		}
		id := hex.EncodeToString(bytes)
		done, err := s.db.ExecContext(ctx,
			`INSERT INTO runs (id, suite, target, started, requests, interrupted, counts) VALUES (?, '', '', ?, 0, 0, '{}')
			 ON CONFLICT DO NOTHING`, id, moment(time.Now()))
		if err != nil {
			return "", fmt.Errorf("reserve a run id: %w", plain(err))
		}
		if n, err := done.RowsAffected(); err == nil && n == 1 {
			return id, nil
		}
	}
	return "", fmt.Errorf("reserve a run id: 64 draws were all taken")
}

// Release gives back an id that was reserved for a run that did not come to be.
func (s *Store) Release(ctx context.Context, id string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM runs WHERE id = ? AND ended IS NULL`, id); err != nil {
		return fmt.Errorf("release a run id: %w", plain(err))
	}
	return nil
}

// find gives the id that a name stands for: last, an id, or a beginning that
// only one run has. Errors are ErrNone or say which runs a name may mean.
func (s *Store) find(ctx context.Context, name string) (string, error) {
	if name == Last {
		runs, err := s.ids(ctx, `SELECT id FROM runs WHERE ended IS NOT NULL ORDER BY started DESC, rowid DESC LIMIT 1`)
		if err == nil && len(runs) == 0 {
			err = fmt.Errorf("%w: nothing has been run here", ErrNone)
		}
		if err != nil {
			return "", err
		}
		return runs[0], nil
	}
	if strings.Trim(strings.ToLower(name), "0123456789abcdef") != "" || name == "" {
		return "", fmt.Errorf("%w: a run is named by hex digits, like 7f3a, or last", ErrNone)
	}
	runs, err := s.ids(ctx, `SELECT id FROM runs WHERE ended IS NOT NULL AND substr(id, 1, length(?1)) = ?1 ORDER BY id`, strings.ToLower(name))
	switch {
	case err != nil:
		return "", err
	case len(runs) == 0:
		return "", fmt.Errorf("%w: %s", ErrNone, name)
	case len(runs) == 1 || runs[0] == strings.ToLower(name):
		return runs[0], nil
	}
	return "", fmt.Errorf("%s may be any of %s", name, strings.Join(runs[:min(len(runs), 8)], ", "))
}

func (s *Store) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", plain(err))
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read history: %w", plain(err))
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read history: %w", plain(err))
	}
	return ids, nil
}
