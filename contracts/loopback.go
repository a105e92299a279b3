package contracts

import (
	"net"
	"net/url"
)

// Loopback tells whether an address is on this machine by what is written: localhost, or an
// IP address of loopback. Nothing is looked up. A name that somebody's DNS answers with
// 127.0.0.1 may be answered otherwise a second later, names under .localhost are asked of DNS
// by Go's resolver, and 0.0.0.0 is whatever the system takes it for.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Loopback tells whether the target is on this machine: there, writes are allowed, limits are
// off, and credentials may be written out.
func (t *Target) Loopback() bool { return t.Embedded != "" || Loopback(t.Server) }
