package history

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// A dialect is how a database speaks. Queries are written once: ? for an argument, and
// words in braces for what differs.
type dialect interface {
	query(text string) string
	plain(err error) error // in our words
	text(s string) string  // as it can be stored
	shrink() []string      // statements that give room back after much was deleted
}

// schema is the version of the tables that this program writes.
const schema = 3

// migrations bring a history forward, in their order; the first makes the tables of a
// new one.
var migrations = []struct {
	from, to int
	do       func(ctx context.Context, s *Store, tx *sql.Tx) error
}{
	{from: 0, to: 3, do: func(ctx context.Context, s *Store, tx *sql.Tx) error {
		return s.statements(ctx, tx, slices.Concat(tables, outlineTables))
	}},
	{from: 1, to: 3, do: fromFirst},
	{from: 2, to: 3, do: func(ctx context.Context, s *Store, tx *sql.Tx) error {
		return s.statements(ctx, tx, slices.Concat(fromSecond, outlineTables))
	}},
}

// migrate brings the tables of a version to this one's.
func (s *Store) migrate(ctx context.Context, tx *sql.Tx, version int) error {
	for _, each := range migrations {
		if version != each.from {
			continue
		}
		if err := each.do(ctx, s, tx); err != nil {
			return fmt.Errorf("bring it forward from schema %d: %w", version, err)
		}
		version = each.to
	}
	return nil
}

func (s *Store) statements(ctx context.Context, q querier, list []string) error {
	for _, each := range list {
		if _, err := q.ExecContext(ctx, s.d.query(each)); err != nil {
			return err
		}
	}
	return nil
}

// tables are those of this schema. Times within a cell are microseconds, -1 for none.
//
// A cell's key holds its run's and its number (see keyOf), so that the cells of a run
// stand together without an index of their own.
var tables = []string{
	`CREATE TABLE runs (
		seq         {drawn},
		id          TEXT NOT NULL UNIQUE,
		suite       TEXT NOT NULL,
		target      TEXT NOT NULL,
		started     TEXT NOT NULL,     -- UTC, with all digits: it sorts as time does
		ended       TEXT,              -- NULL: it has not ended
		beat        BIGINT,            -- ms since 1970 by the database's clock, when its process last wrote; NULL: only its id is reserved
		requests    BIGINT NOT NULL,
		interrupted INTEGER NOT NULL,
		counts      TEXT NOT NULL,     -- JSON
		facts       {bytes},           -- of its accounts: JSON, zstd
		pruned      TEXT               -- when its evidence went; NULL: it is there
	)`,
	`CREATE INDEX runs_by_start ON runs (started)`,
	`CREATE TABLE subjects (
		id        {drawn},
		run       BIGINT NOT NULL,
		contract  TEXT NOT NULL,
		variant   TEXT NOT NULL,       -- the case, '' for the base
		operation TEXT NOT NULL,
		place     TEXT NOT NULL
	)`,
	`CREATE INDEX subjects_by_run ON subjects (run)`,
	`CREATE INDEX subjects_by_name ON subjects (contract, variant)`,
	`CREATE TABLE accounts (
		id   {drawn},
		run  BIGINT NOT NULL,
		name TEXT NOT NULL
	)`,
	`CREATE INDEX accounts_by_run ON accounts (run)`,
	`CREATE TABLE cells (
		cell     {key},
		subject  BIGINT NOT NULL,
		account  BIGINT NOT NULL,
		class    TEXT NOT NULL,
		kind     TEXT NOT NULL,
		claim    TEXT NOT NULL,
		status   INTEGER NOT NULL,     -- of the act; 0: none came, or nothing was sent
		began    BIGINT NOT NULL,      -- us since 1970
		took     BIGINT NOT NULL,
		reply    BIGINT NOT NULL,      -- from sending the act to the last byte of its reply
		seen     BIGINT NOT NULL,      -- from there to the first sight of the effect that decided
		stable   BIGINT NOT NULL,
		lost     BIGINT NOT NULL,
		reads    INTEGER NOT NULL,
		verdict  {bytes},              -- JSON, zstd: why it is not kept, and what is left; NULL: it is kept
		outlines {bytes}               -- ids of its outlines, as varints; NULL: none
	)`,
	`CREATE INDEX cells_by_subject ON cells (subject, account)`,
	`CREATE TABLE evidence (
		cell      {key},
		result    {bytes} NOT NULL,    -- JSON, zstd: all but the exchanges
		exchanges {bytes}              -- JSON, zstd; NULL: none
	)`,
}

// fromSecond has cells compared by their outlines, and not by digests of them.
var fromSecond = []string{
	`ALTER TABLE cells DROP COLUMN sends`,
	`ALTER TABLE cells DROP COLUMN shape`,
	`ALTER TABLE cells DROP COLUMN headers`,
	`ALTER TABLE cells DROP COLUMN snapshot`,
	`ALTER TABLE cells ADD COLUMN outlines {bytes}`,
}

// outlineTables are for comparing; see comparison.Outline. Equal ones are stored once for a run, of whose
// thousands of cells most went alike, and go with it.
var outlineTables = []string{
	`CREATE TABLE outlines (
		id   {drawn},
		run  BIGINT NOT NULL,
		text {bytes} NOT NULL          -- JSON
	)`,
	`CREATE INDEX outlines_by_run ON outlines (run)`,
}

// widest is the number of bits of a cell's number in its key.
const widest = 24

// keyOf is a cell's key: its run's, and its number.
func keyOf(seq int64, number int) int64 { return seq<<widest | int64(number) }

// span is the first and the last key that a cell of a run may have.
func span(seq int64) (first, last int64) { return seq << widest, (seq+1)<<widest - 1 }

// numberOf is the cell's number in its key.
func numberOf(key int64) int { return int(key & (1<<widest - 1)) }
