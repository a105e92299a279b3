package contracts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A Scope is what a suite is loaded for.
type Scope int

// Check accepts a suite without contracts or polygraph.yaml. Run wants all
// three, and one target. Sweep wants a target, and reads no contract: what a run
// has made is removed whatever has become of them since.
const (
	Check Scope = iota
	Run
	Sweep
)

// Options say how a suite is loaded. The zero value checks it.
type Options struct {
	Scope    Scope
	Target   string                      // the target to run on; "" for the only one
	GoProbes []string                    // probes that Go code registers; contracts may name them
	Env      func(string) (string, bool) // environment for ${env.X} in polygraph.yaml; nil: nothing is set
}

// Names of the files of a suite.
const (
	providerFile   = "provider.yaml"
	targetsFile    = "polygraph.yaml"
	contractSuffix = ".contract.yaml"
)

// maxFiles bounds the contract files of a suite.
const maxFiles = 2000

// Load reads the suite in a folder (its subfolders are not searched). The error
// is Mistakes and holds all that is wrong. Files outside of the folder are never
// read, not through a symbolic link either: a suite may be a stranger's.
func Load(dir string, o Options) (*Suite, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, Mistakes{{
			Position: Position{File: dir}, Message: folderReason(err),
			Hint: "a suite is a folder with provider.yaml, contracts (*.contract.yaml) and, to run, polygraph.yaml",
		}}
	}
	defer root.Close()
	return load(root.FS(), dir, o)
}

func folderReason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such folder"
	}
	if strings.Contains(err.Error(), "not a directory") {
		return "is a file, not a folder"
	}
	return plainReason(err).Error()
}

// LoadFS reads a suite from a file system: one that ships in the binary.
func LoadFS(files fs.FS, o Options) (*Suite, error) {
	return load(files, "", o)
}

// A loader holds what is known while a suite is read.
type loader struct {
	Options
	files               fs.FS
	dir                 string
	mistakes            Mistakes
	torn                bool // a file could not be parsed to its end
	suite               *Suite
	provider            *Provider
	blocks              map[string]*node // the resources' and probes' nodes, by name
	facts               []string         // names of account.take
	hasTargets          bool
	documentBroken      bool // a mistake was reported; operations are unknown
	targetVars, allVars []string
	ground              scope // what the calls of resources and probes may name, without key
	strict              bool  // the target that is read is the one of a run: its environment must be set
	titles              map[string]Position
}

func load(files fs.FS, dir string, o Options) (*Suite, error) {
	l := &loader{Options: o, files: files, dir: dir, suite: &Suite{Dir: dir}, titles: map[string]Position{}, blocks: map[string]*node{}}
	names, err := l.contractFiles()
	if err != nil {
		return nil, Mistakes{{Position: Position{File: dir}, Message: plainReason(err).Error()}}
	}
	provider := l.single(providerFile)
	targets := l.targetsNode()
	var contracts []*node
	for _, name := range names {
		_, roots := l.open(name)
		if len(roots) == 0 && !l.torn {
			l.fileMistake(name, "a contract starts with `contract: what must happen`", "holds no contract")
		}
		contracts = append(contracts, roots...)
	}
	if provider != nil {
		l.readProvider(provider)
		if targets != nil {
			l.readTargets(targets)
		}
		l.learnVars()
		l.compileProvider(provider)
		for _, c := range contracts {
			l.readContract(c)
		}
		switch l.Scope {
		case Run:
			l.readyToRun(names)
		case Sweep:
			l.wantsTargets()
		}
	}
	if len(l.mistakes) > 0 {
		return nil, l.discreet(targets).sorted()
	}
	return l.suite, nil
}

// contractFiles lists the contract files of the folder that are wanted, sorted.
func (l *loader) contractFiles() ([]string, error) {
	if l.Scope == Sweep {
		return nil, nil
	}
	entries, err := fs.ReadDir(l.files, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), contractSuffix) {
			names = append(names, e.Name())
		}
		if strings.HasSuffix(e.Name(), ".contract.yml") {
			l.fileMistake(e.Name(), "rename it to "+strings.TrimSuffix(e.Name(), ".yml")+".yaml", "is not read: contract files end in .contract.yaml")
		}
	}
	slices.Sort(names)
	if len(names) > maxFiles {
		l.fileMistake(names[maxFiles], "", "is one of more than %d contract files", maxFiles)
		names = names[:maxFiles]
	}
	return names, nil
}

// single reads a file that holds one document.
func (l *loader) single(name string) *node {
	if _, err := fs.Stat(l.files, name); errors.Is(err, fs.ErrNotExist) {
		hint := "a suite is a folder with provider.yaml, which says how the provider's things are made, read, listed and removed"
		if yml := strings.TrimSuffix(name, ".yaml") + ".yml"; l.there(yml) {
			hint = "rename " + yml + " to " + name
		}
		l.fileMistake(name, hint, "there is no such file")
		return nil
	}
	_, roots := l.open(name)
	switch {
	case len(roots) == 0 && len(l.mistakes) == 0:
		l.fileMistake(name, "", "is empty")
	case len(roots) > 1:
		l.mistake(roots[1], "", "%s holds one document, not several", name)
	}
	if len(roots) == 0 {
		return nil
	}
	return roots[0]
}

// there tells whether there is a file of this name. One that cannot be looked at
// is there: who then opens it says why it cannot be read. Taken for missing, a
// disk that fails would be a suite without targets.
func (l *loader) there(name string) bool {
	_, err := fs.Stat(l.files, name)
	return !errors.Is(err, fs.ErrNotExist)
}

func (l *loader) targetsNode() *node {
	if !l.there(targetsFile) && !l.there("polygraph.yml") {
		return nil
	}
	return l.single(targetsFile)
}

// readyToRun reports what a run wants and a check does not.
func (l *loader) readyToRun(names []string) {
	if len(names) == 0 {
		l.fileMistake("*"+contractSuffix, "write one beside provider.yaml, for example reviews.contract.yaml", "there is no contract to run")
	}
	l.wantsTargets()
}

func (l *loader) wantsTargets() {
	if !l.there(targetsFile) {
		l.fileMistake(targetsFile, "a run needs a target: `targets: {sandbox: {server: \"http://127.0.0.1:8080\", accounts: {…}}}`", "there is no such file")
	}
}

// maxMistakes bounds what is collected: a hostile file could make a mistake of
// every second byte.
const maxMistakes = 1000

// lost tells whether the suite is beyond what a person would put right by hand.
func (l *loader) lost() bool { return len(l.mistakes) >= maxMistakes }

func (l *loader) add(m Mistake) {
	if l.lost() {
		return
	}
	m.Width = max(1, m.Width)
	l.mistakes = append(l.mistakes, m)
}

func (l *loader) fileMistake(name, hint, format string, args ...any) {
	l.add(Mistake{Position: Position{File: name}, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// mistake reports what is wrong with a node.
func (l *loader) mistake(n *node, hint, format string, args ...any) {
	l.mistakeAt(n, n.pos, n.width, hint, fmt.Sprintf(format, args...))
}

func (l *loader) mistakeAt(n *node, p Position, width int, hint, message string) {
	m := Mistake{Position: p, Message: message, Width: width, Hint: hint}
	if n.file != nil && p.Line >= 1 && p.Line <= len(n.file.lines) {
		m.Text = n.file.lines[p.Line-1]
	}
	l.add(m)
}

func quote(s string) string {
	return strconv.Quote(s)
}
