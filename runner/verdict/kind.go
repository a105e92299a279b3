package verdict

// The kinds of verdict that Judge and the engine give.
const (
	InBandError       Kind = "in-band-error"
	Leaked            Kind = "leaked"
	MisdirectedWrite  Kind = "misdirected-write"
	PhantomWrite      Kind = "phantom-write"
	ErrorLeftATrace   Kind = "error-left-a-trace"
	LostWrite         Kind = "lost-write"
	IneffectiveDelete Kind = "ineffective-delete"
	MissingEvent      Kind = "missing-event"
	FilteredEmpty     Kind = "filtered-empty"
	AcceptedThenLost  Kind = "accepted-then-lost"
	RevertedWrite     Kind = "reverted-write"
	DuplicatedWrite   Kind = "duplicated-write"
	HalfDone          Kind = "half-done"
	DroppedField      Kind = "dropped-field"
	AlteredValue      Kind = "altered-value"
	SideEffect        Kind = "side-effect"
	VacuousSuccess    Kind = "vacuous-success"
	IgnoredDirective  Kind = "ignored-directive"
	WrongSuccess      Kind = "wrong-success"

	PermissionBypassed Kind = "permission-bypassed"
	WasRefused         Kind = "refused"
	WrongStatus        Kind = "wrong-status"
	UnexpectedReply    Kind = "unexpected-reply"
	LateEffect         Kind = "late-effect"

	SetupFailed Kind = "setup-failed"
	Interrupted Kind = "interrupted"
	Unreachable Kind = "unreachable"
	RateLimited Kind = "rate-limited"
	ProbeFailed Kind = "probe-failed"
	AlreadySo   Kind = "already-so"
	BlindProbe  Kind = "blind-probe"
	Flapping    Kind = "flapping"
	NoisyFrame  Kind = "noisy-frame"

	// ExistenceMasking is behaviour: no finding has it.
	ExistenceMasking Kind = "existence-masking"
)

// A KindRow is what is to be said of a kind.
type KindRow struct {
	Kind    Kind
	Class   Class
	Rank    int    // from 1, the worst; equal ranks are told apart by the contract's order
	Meaning string // one line, after "the provider" or "the cell"
	CWE     int    // 0 for none; every lie is a CWE-393 unless a closer one is known
}

// Kinds is the table of kinds, worst first. A cell with several findings takes
// the first of them in this order.
func Kinds() []KindRow {
	return []KindRow{
		{InBandError, Lied, 1, "a success status over a body that says no", 393},
		{Leaked, Lied, 2, "seen by eyes from which it is hidden", 200},
		{MisdirectedWrite, Lied, 3, "stored where it was not sent", 393},
		{PhantomWrite, Lied, 4, "refused, and yet done", 393},
		{ErrorLeftATrace, Lied, 5, "refused, and yet something changed", 393},
		{LostWrite, Lied, 6, "said to be done, and nothing came of it", 393},
		{IneffectiveDelete, Lied, 6, "said to be deleted, and still there", 393},
		{MissingEvent, Lied, 6, "said to be done, and never reported", 393},
		{FilteredEmpty, Lied, 6, "a success that leaves out what is there", 393},
		{AcceptedThenLost, Lied, 6, "accepted, and never done", 393},
		{RevertedWrite, Lied, 7, "done, seen, and undone again", 393},
		{DuplicatedWrite, Lied, 8, "sent once, and done more than once", 393},
		{HalfDone, Lied, 9, "done in one place and not in another", 393},
		{DroppedField, Lied, 10, "stored without a field that was sent", 393},
		{AlteredValue, Lied, 11, "stored with another value than was sent", 393},
		{SideEffect, Lied, 12, "changed something that was to stay", 393},
		{VacuousSuccess, Lied, 13, "a success for what was not there", 393},
		{IgnoredDirective, Lied, 14, "done as if it had not been asked otherwise", 393},
		{WrongSuccess, Lied, 15, "done, and the success says of it what is not so", 393},
		{PermissionBypassed, Broken, 16, "done by one who is not allowed to", 285},
		{WasRefused, Broken, 17, "refused where it was to be done", 0},
		{WrongStatus, Broken, 18, "answered with another status than expected", 0},
		{UnexpectedReply, Broken, 19, "the reply is not what the contract expects", 0},
		{LateEffect, Broken, 20, "done, and seen only after the deadline", 0},
		{SetupFailed, Inconclusive, 21, "what the contract needs could not be made", 0},
		{Interrupted, Inconclusive, 22, "stopped before the end", 0},
		{Unreachable, Inconclusive, 23, "no answer that says whether it was done", 0},
		{RateLimited, Inconclusive, 24, "throttled until the time was up", 0},
		{ProbeFailed, Inconclusive, 25, "the places could not be read", 0},
		{AlreadySo, Inconclusive, 26, "it was so before, and proves nothing", 0},
		{BlindProbe, Inconclusive, 27, "nobody knows whether these eyes could have seen it", 0},
		{Flapping, Inconclusive, 28, "the readings contradict each other to the end", 0},
		{NoisyFrame, Inconclusive, 29, "it also moves by itself", 0},
		{ExistenceMasking, Kept, 30, "answered as if it did not know of what there is, or of what there is not", 0},
	}
}

// row gives the kind's line of the table; one that is not in it is inconclusive
// and comes last, so that a record from a later version can be shown.
func row(k Kind) KindRow {
	for _, r := range Kinds() {
		if r.Kind == k {
			return r
		}
	}
	return KindRow{Kind: k, Class: Inconclusive, Rank: len(Kinds()) + 1, Meaning: "not known to this version"}
}
