package main

import (
	"slices"
	"strings"
)

// withFiles completes the flags of forms that stand without a FILE to standard output:
// report last --sarif. The flag library knows only flags that never or always have a value
// of their own word. Of report --sarif last, the word is the run.
func withFiles(args []string) []string {
	if len(args) == 0 || args[0] != "report" && args[0] != "run" {
		return args
	}
	args = slices.Clone(args)
	words, last := 0, -1 // words that belong to no flag of a form; the last flag that has one
	for i := 1; i < len(args); i++ {
		switch {
		case isFormFlag(args[0], args[i]):
			if i+1 < len(args) && (args[i+1] == toStdout || !strings.HasPrefix(args[i+1], "-")) {
				last = i
				i++
			} else {
				args[i] += "=" + toStdout
			}
		case !strings.HasPrefix(args[i], "-"):
			words++
		}
	}
	if words == 0 && last >= 0 && args[last+1] != toStdout {
		args[last] += "=" + toStdout
	}
	return args
}

func isFormFlag(command, arg string) bool {
	name, ok := strings.CutPrefix(arg, "--")
	return ok && slices.Contains(formatNames(), name) && !(command == "run" && name == "json") // which takes no file there
}
