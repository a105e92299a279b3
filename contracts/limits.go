package contracts

// Limits bound what is sent to one account of a target. Zero means none.
type Limits struct {
	Rate        float64 // requests a second
	Concurrency int
	Writes      int // per run
}

// What a target that is not on this machine is held to where it does not say otherwise: slow
// enough for an account that people work with, and few enough writes to look at them all.
const (
	DefaultRate        = 5
	DefaultConcurrency = 4
	DefaultWrites      = 200
)

// Away are the limits of a target that is not on this machine: those that are not written are
// the defaults.
func (l Limits) Away() Limits {
	if l.Rate == 0 {
		l.Rate = DefaultRate
	}
	if l.Concurrency == 0 {
		l.Concurrency = DefaultConcurrency
	}
	if l.Writes == 0 {
		l.Writes = DefaultWrites
	}
	return l
}
