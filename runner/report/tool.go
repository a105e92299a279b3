package report

import "runtime/debug"

// toolName is what other people's formats call the program that wrote them.
const toolName = "polygraph"

// toolVersion is the version that this program was built as, "devel" where that is not known.
func toolVersion() string {
	build, ok := debug.ReadBuildInfo()
	if !ok || build.Main.Version == "" || build.Main.Version == "(devel)" {
		return "devel"
	}
	return build.Main.Version
}
