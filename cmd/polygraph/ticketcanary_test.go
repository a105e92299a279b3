package main

import "fmt"

// ticket writes everything that is made of one lie, and tells it once more.
func (c *cage) ticket() {
	cell := ""
	c.query("SELECT r.id || '/' || (c.cell & 0xffffff) FROM cells c JOIN runs r ON r.seq = c.cell >> 24 WHERE c.class = 'lied' ORDER BY c.cell LIMIT 1",
		func(row []any) { cell = fmt.Sprint(row[0]) })
	if cell == "" {
		c.t.Errorf("%s: nothing lied", c.name)
		return
	}
	c.run(exitKept, "ticket", "ticket", cell)
	c.run(exitKept, "ticket --out", "ticket", cell, "--out", "ticket")
	c.run(exitKept, "ticket --verify", "ticket", "--verify", "ticket")
	c.run(exitKept, "show --curl", "show", cell, "--curl", "--all")
	if c.name == "many" {
		c.run(exitLied, "replay", "replay", cell)
	}
}
