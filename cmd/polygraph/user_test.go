package main

import (
	"os"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/polygraph-dev/polygraph/runner"
)

// userSuite names, in the environment, the suite that this test binary runs as the
// test of a user does: the Go door.
const userSuite = "POLYGRAPH_USERS_SUITE"

// TestUser is the user's one test function.
func TestUser(t *testing.T) {
	folder := os.Getenv(userSuite)
	if folder == "" {
		t.Skip("run by the tests that go through the Go door")
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	runner.RunSpecs(t, folder)
}
