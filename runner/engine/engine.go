// Package engine carries contracts out: it plans the cells, sends the acts,
// watches the world, asks the judge, and cleans up. It does not know Ginkgo.
package engine
