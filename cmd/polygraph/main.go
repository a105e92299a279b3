// Command polygraph says whether the status codes of somebody else's API tell
// the truth.
//
// It is the only part of the project that prints or exits. Standard output is
// for results, standard error for progress and for what is wrong; the exit code
// is one of those in exit.go. Each command has a file of its own: its flags, its
// help and what it prints. Everything else is done by the packages underneath.
package main

import "os"

func main() {
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.LookupEnv))
}
