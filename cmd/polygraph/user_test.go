package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/polygraph-dev/polygraph/runner"
)

// userSuite names, in the environment, the suite that this test binary runs as the
// test of a user does: the Go door.
const userSuite = "POLYGRAPH_USERS_SUITE"

// probeEnv says how the user's probe fails.
const probeEnv = "POLYGRAPH_USERS_PROBE"

// TestUser is the user's one test function.
func TestUser(t *testing.T) {
	folder := os.Getenv(userSuite)
	if folder == "" {
		t.Skip("run by the tests that go through the Go door")
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	runner.RunSpecs(t, folder, runner.WithProbe("ledger", badLedger))
}

// badLedger is a probe of a user's that fails, as the environment says.
func badLedger(context.Context, string, map[string]any) (any, error) {
	switch os.Getenv(probeEnv) {
	case "panic":
		panic("the ledger is on fire")
	case "exit":
		runtime.Goexit()
	}
	return nil, errors.New("the ledger is shut")
}
