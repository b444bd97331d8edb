package acquire

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// bindFirst binds the first of the ports that is free on both loopback
// addresses. note says when only one of them exists here.
func bindFirst(ports []int) (socks []net.Listener, note string, err error) {
	var faults []error
	for _, port := range ports {
		socks, note, err := bindBoth(port)
		if err == nil {
			return socks, note, nil
		}
		faults = append(faults, err)
	}
	seen := fmt.Sprintf("no port is free on this machine, tried %s", strings.Trim(fmt.Sprint(ports), "[]"))
	return nil, "", &problem.Error{
		Kind: problem.NoToken, Tried: "listen for the sign-in's answer", Seen: seen, Expected: "a port that is free on 127.0.0.1 and ::1", Err: errors.Join(faults...),
		Evidence: &evidence.Bundle{Local: &evidence.Local{Problem: evidence.ProblemPortInUse, Detail: seen, Extra: map[string]any{"ports": ports}}},
	}
}

// bindBoth binds one port on both loopback addresses. Port 0 is any that is free
// on both, for which some tries are needed.
func bindBoth(port int) ([]net.Listener, string, error) {
	const tries = 16
	for try := 1; ; try++ {
		four, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return nil, "", err
		}
		got := four.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(got)))
		if err == nil {
			return []net.Listener{four, six}, "", nil
		}
		if noIPv6(err) {
			return []net.Listener{four}, "listening on 127.0.0.1 only: this machine has no ::1", nil
		}
		_ = four.Close() // it has served nobody
		if port != 0 || try == tries {
			return nil, "", err
		}
	}
}

// noIPv6 recognises a machine without the address ::1.
func noIPv6(err error) bool {
	for _, no := range []error{syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}
