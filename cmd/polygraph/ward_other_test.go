//go:build !(linux && amd64)

package main

import "testing"

// wardName is not used here.
const wardName = "ward"

func ward() {}

func TestTorture(t *testing.T) {
	t.Skip("the torture test stops system calls as only Linux on amd64 can: a run whose disk and network fail is NOT tested here")
}
