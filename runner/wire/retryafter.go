package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// LongestRetryAfter bounds what a provider may ask us to wait.
const LongestRetryAfter = 24 * time.Hour

// ParseRetryAfter reads Retry-After (RFC 9110, 10.2.3): seconds, or a date. A date is measured against the reply's own
// Date, where there is one, because the provider's clock and ours may differ; else against now. The wait is never
// negative and never above LongestRetryAfter; false means that there is none, or that it cannot be read.
func ParseRetryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, ok := parseSeconds(text); ok {
		return seconds, true
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), LongestRetryAfter), true
}

// parseSeconds accepts fractions, which the RFC does not know but providers send; it rounds nothing away.
func parseSeconds(text string) (time.Duration, bool) {
	if text == "" || strings.Trim(text, "0123456789.") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil && seconds == 0 {
		return 0, false
	}
	if seconds >= LongestRetryAfter.Seconds() {
		return LongestRetryAfter, true
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// parseAge reads Age (RFC 9111, 5.1): how long ago a cache got the reply from its origin; 0 when it does not say.
func parseAge(header http.Header) time.Duration {
	seconds, err := strconv.ParseUint(strings.TrimSpace(header.Get("Age")), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
