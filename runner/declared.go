package runner

import (
	"errors"
	"path/filepath"
	"sync"

	"github.com/onsi/ginkgo/v2"
)

// declared is what this process has told Ginkgo. It is the only state of the
// package: Ginkgo's tree belongs to the process, a suite declares itself in a
// variable of a test file, and RunSpecs must find it again.
var declared tree

// A tree is our part of Ginkgo's.
type tree struct {
	mu          sync.Mutex
	suites      []*suite
	running     bool // under our RunSpecs
	description string
	labels      []string // of the whole suite
}

func (t *tree) add(s *suite) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.suites = append(t.suites, s)
}

func (t *tree) has(folder string) bool {
	for _, s := range t.all() {
		if filepath.Clean(s.folder) == filepath.Clean(folder) {
			return true
		}
	}
	return false
}

func (t *tree) all() []*suite {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]*suite(nil), t.suites...)
}

func (t *tree) begin(description string, labels []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running, t.description, t.labels = true, description, labels
}

// filter is Ginkgo's choice of specs, as far as it can be known; nil when it
// cannot be: under a plain ginkgo.RunSpecs, whose description and labels nobody
// can ask for, and with a filter of semantic versions.
func (t *tree) filter() *filter {
	t.mu.Lock()
	defer t.mu.Unlock()
	config, _ := ginkgo.GinkgoConfiguration()
	if !t.running || config.SemVerFilter != "" {
		return nil
	}
	f, err := newFilter(t.description, t.labels, config)
	if err != nil { // Ginkgo has accepted it, so this is a difference between us
		return nil
	}
	return f
}

// stop ends all suites side by side, and waits for their clean-up.
func (t *tree) stop() {
	var wait sync.WaitGroup
	for _, s := range t.all() {
		wait.Go(func() { s.stop(errEnded) })
	}
	wait.Wait()
}

// abandon ends cleaning up at once, in all suites that have begun.
func (t *tree) abandon() {
	for _, s := range t.all() {
		s.abandon()
	}
}

// mistakes is everything that kept a suite from being planned; nil for nothing.
func (t *tree) mistakes() error {
	var all []error
	for _, s := range t.all() {
		all = append(all, s.mistake)
	}
	return errors.Join(all...)
}
