package report

import (
	"strings"
)

// markdownCode is a text as code within a line of Markdown, where nothing in it means
// anything: no link, no image, no markup, no @mention, no reference to an issue.
func markdownCode(text string) string {
	text = Line(text)
	if text == "" {
		return ""
	}
	ticks := strings.Repeat("`", longestRun(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") {
		text = " " + text + " " // which readers take away again
	}
	return ticks + text + ticks
}

// markdownBlock is a text as a block of code.
func markdownBlock(language, text string) string {
	text = strings.TrimRight(Text(text), "\n")
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

// longestRun is how many backticks stand in a row at most.
func longestRun(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
