package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// benchSuite is the suite's folder, in that of a measurement.
const benchSuite = "suite"

// benchContract is the whole workload: what is created must be read back by key as it
// was sent, and be listed once; then it is deleted, and read back that it is gone.
const benchContract = `contract: A submitted review is saved and listed
call: createReview
needs: reviews:write
body:
  product: p-100
  stars: 4
  title: "Solid ${unique}"
  body: "Makes good coffee, says ${unique}"
  tags: [kitchen, daily]
creates: review
`

const benchTargets = `targets:
  bench:
    server: %s
    accounts_from: accounts.csv
`

// benchAccounts are the accounts of one measurement. There is one for every cell:
// that is what many accounts are like, and on a shared one reads would be shared, too.
func benchAccounts(cells int) []reviewhub.Account {
	like := reviewhub.Accounts()[1]
	accounts := make([]reviewhub.Account, cells)
	for i := range accounts {
		accounts[i] = like
		accounts[i].Name = fmt.Sprintf("shop-%05d", i)
		accounts[i].Token = "sandbox-" + accounts[i].Name + "-token"
	}
	return accounts
}

func benchTokens(cells int) []string {
	tokens := make([]string, cells)
	for i, account := range benchAccounts(cells) {
		tokens[i] = account.Token
	}
	return tokens
}

// writeBenchSuite writes the sandbox's own provider, the one contract and the accounts.
func writeBenchSuite(dir, server string, cells int) error {
	var accounts strings.Builder
	fmt.Fprintln(&accounts, "name,bearer")
	for _, account := range benchAccounts(cells) {
		fmt.Fprintf(&accounts, "%s,%s\n", account.Name, account.Token)
	}
	files := map[string]string{
		"bench.contract.yaml": benchContract,
		"polygraph.yaml":      fmt.Sprintf(benchTargets, server),
		"accounts.csv":        accounts.String(),
	}
	for _, name := range []string{"provider.yaml", "openapi.yaml"} {
		text, err := fs.ReadFile(reviewhub.Files(), name)
		if err != nil {
			return err
		}
		files[name] = string(text)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
