package report

import "strings"

// inText is a text of a contract or a provider in Markdown, shortened to what a reader takes in.
func inText(text string) string {
	const most = 300
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return codeSpan(Line(text))
}

// inCell is the same in a table, where | ends the cell even in code.
func inCell(text string) string { return strings.ReplaceAll(inText(text), "|", `\|`) }

// codeSpan shows a text in Markdown as it is. Character references would do for Markdown, but GitHub looks for
// @names, references and addresses in what they have become, and leaves out code alone.
func codeSpan(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	fence := fenceOf(text, "`")
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// codeBlock is lines of code between fences.
func codeBlock(text string) string {
	fence := fenceOf(text, "```")
	return fence + "text\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

// fenceOf is a run of at least so many backticks that is longer than any in a text.
func fenceOf(text, least string) string {
	for strings.Contains(text, least) {
		least += "`"
	}
	return least
}
