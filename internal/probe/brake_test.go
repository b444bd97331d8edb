package probe_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/probe"
)

// clock stands still until a test moves it on; who sleeps by it wakes then. With
// jumps it moves on by itself, to where the sleeper wants to be.
type clock struct {
	jumps bool

	mu       sync.Mutex
	now      time.Time
	changed  chan struct{} // closed at each change of the sleepers
	sleepers map[chan struct{}]time.Time
	slept    []time.Duration
	last     context.Context // of who came to sleep last
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), changed: make(chan struct{}), sleepers: map[chan struct{}]time.Time{}}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	woken, until := make(chan struct{}), c.now.Add(d)
	c.slept, c.last = append(c.slept, d), ctx
	if c.jumps {
		c.now = until
		c.mu.Unlock()
		return ctx.Err()
	}
	c.sleepers[woken] = until
	c.tell()
	c.mu.Unlock()
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *clock) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// advance moves on and wakes who wanted to wake by then.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for woken, until := range c.sleepers {
		if !until.After(c.now) {
			close(woken)
			delete(c.sleepers, woken)
		}
	}
	c.tell()
}

// awaitSleepers waits until so many sleep.
func (c *clock) awaitSleepers(t *testing.T, sleeping int) {
	t.Helper()
	c.await(t, sleeping, -1)
}

// await waits until so many sleep, and so many times was slept in all.
func (c *clock) await(t *testing.T, sleeping, inAll int) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		c.mu.Lock()
		now, all, changed := len(c.sleepers), len(c.slept), c.changed
		c.mu.Unlock()
		if now == sleeping && (all == inAll || inAll < 0) {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%d sleep and %d times was slept, want %d and %d", now, all, sleeping, inAll)
		}
	}
}

// throttled is a run against a server that throttles all that is under way at once.
type throttled struct {
	*fake
	*clock
	workers  int
	requests []catalogue.Request
	o        probe.Options
	stop     context.CancelFunc
	ended    chan struct{} // closed when the run has ended
	// after is the Retry-After of each of the first requests, in order of arrival,
	// once all have arrived; late ones are answered one by one, as more is sent to.
	late     int
	more     chan struct{}
	outcomes []probe.Outcome
	left     []probe.Leftover
	err      error
}

// throttle starts a run. Besides the first request, which tells what the server is,
// the first of each worker is answered with 429, when all of them are there.
func throttle(t *testing.T, workers int, after, lateAfter string, late int, change ...func(*throttled)) *throttled {
	t.Helper()
	x := &throttled{fake: newFHIR(t), clock: newClock(), workers: workers, late: late, requests: catalogue.Requests(), more: make(chan struct{}), ended: make(chan struct{})}
	var mu sync.Mutex
	arrived, all := 0, make(chan struct{})
	x.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/metadata" {
			return false
		}
		mu.Lock()
		arrived++
		n := arrived
		if n == workers {
			close(all)
		}
		mu.Unlock()
		if n > workers {
			return false
		}
		<-all
		w.Header().Set("Retry-After", after)
		if n > workers-late {
			select {
			case <-x.more:
			case <-r.Context().Done():
			}
			w.Header().Set("Retry-After", lateAfter)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	x.o = options(t, x.fake)
	x.o.Now, x.o.Sleep, x.o.Concurrency = x.clock.Now, x.clock.Sleep, workers
	x.o.Only = []string{catalogue.GroupFHIROpen, catalogue.GroupFHIRRead}
	for _, c := range change {
		c(x)
	}
	ctx, stop := context.WithCancel(t.Context())
	x.stop = stop
	t.Cleanup(stop)
	go func() {
		defer close(x.ended)
		x.outcomes, x.left, x.err = probe.Run(ctx, target(x.fake, catalogue.FHIR), x.requests, x.o)
	}()
	return x
}

// sent is how many requests the server has seen.
func (x *throttled) sent() int {
	x.fake.mu.Lock()
	defer x.fake.mu.Unlock()
	return len(x.log)
}

// most is how often the request was seen that was seen most often.
func (x *throttled) most() (n int) {
	x.fake.mu.Lock()
	defer x.fake.mu.Unlock()
	seen := map[string]int{}
	for _, entry := range x.log {
		seen[entry]++
		n = max(n, seen[entry])
	}
	return n
}

const workers = 5

// TestAllHoldBackOnce throttles five at once: each waits as long as was asked for and
// a little longer, none at the same time as another, and asks once more. Nobody is
// asked anything meanwhile, and whoever comes later waits no more.
func TestAllHoldBackOnce(t *testing.T) {
	x := throttle(t, workers, "5", "", 0)
	x.await(t, workers, workers) // all of the run: there is nobody left who could ask
	x.advance(5*time.Second - 1)
	x.await(t, workers, workers)
	if n := x.sent(); n != 1+workers {
		t.Errorf("%d requests were sent before the time, want %d", n, 1+workers)
	}
	x.advance(time.Second)
	<-x.ended
	passed, failed, skipped := tally(x.outcomes)
	if x.err != nil || failed != nil || skipped != nil || passed <= workers {
		t.Errorf("%v, failed %v, skipped %v", x.err, failed, skipped)
	}
	if n := x.sent(); n != passed+workers || x.most() != 2 {
		t.Errorf("%d requests were sent for %d outcomes, one of them %d times", n, passed, x.most())
	}
	slices.Sort(x.slept)
	if len(x.slept) != workers || x.slept[0] < 5*time.Second || x.slept[workers-1] >= 5500*time.Millisecond || len(slices.Compact(x.slept)) != workers {
		t.Errorf("slept %v", x.slept)
	}
}

// TestALaterWishCountsForAll: while four wait five seconds, the fifth is told to wait
// twenty. Who wakes waits on, and sends nothing.
func TestALaterWishCountsForAll(t *testing.T) {
	x := throttle(t, workers, "5", "20", 1)
	x.await(t, workers-1, workers-1)
	x.more <- struct{}{}
	x.await(t, workers, workers)
	x.advance(6 * time.Second)
	x.await(t, workers, 2*workers-1)
	if n := x.sent(); n != 1+workers {
		t.Errorf("%d requests were sent before the time, want %d", n, 1+workers)
	}
	x.advance(17 * time.Second)
	<-x.ended
	if _, failed, skipped := tally(x.outcomes); x.err != nil || failed != nil || skipped != nil || x.most() != 2 {
		t.Errorf("%v, failed %v, skipped %v; one request %d times", x.err, failed, skipped, x.most())
	}
}

// TestTooLongAWishEndsTheRun: what is under way is answered, and no more is sent.
func TestTooLongAWishEndsTheRun(t *testing.T) {
	x := throttle(t, workers, "3600", "", 0)
	<-x.ended
	passed, failed, skipped := tally(x.outcomes)
	if x.sent() != 1+workers || x.slept != nil || passed != 1 || len(failed) != workers || len(skipped) == 0 {
		t.Errorf("%d sent, slept %v; passed %d, failed %v, skipped %v", x.sent(), x.slept, passed, failed, skipped)
	}
	if why := outcome(t, x.outcomes, skipped[0]).Skipped; why != "the service asked not to be called for 1h0m0s" {
		t.Errorf("skipped because %q", why)
	}
}

// TestAnInterruptEndsTheWait: nobody sleeps on, and nobody sends.
func TestAnInterruptEndsTheWait(t *testing.T) {
	x := throttle(t, workers, "5", "", 0)
	x.await(t, workers, workers)
	x.stop()
	<-x.ended
	_, failed, skipped := tally(x.outcomes)
	if !errors.Is(x.err, context.Canceled) || x.sent() != 1+workers || len(failed) != workers || len(skipped) == 0 {
		t.Errorf("%v, %d sent, failed %v, skipped %v", x.err, x.sent(), failed, skipped)
	}
	for _, id := range skipped {
		if why := outcome(t, x.outcomes, id).Skipped; why != "interrupted" {
			t.Errorf("%s is skipped because %q", id, why)
		}
	}
}

// TestAnInterruptEndsTheWaitOfAWrite: the person need not wait for what was refused,
// and nothing is looked for that was never made.
func TestAnInterruptEndsTheWaitOfAWrite(t *testing.T) {
	x := throttle(t, 1, "", "", 0, func(x *throttled) {
		x.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		x.o.Write, x.o.Only = true, []string{"fhir.patient.create"}
	})
	x.await(t, 1, 1)
	before := x.sent()
	x.stop()
	if x.last.Err() == nil {
		t.Error("the interrupt did not reach who waits")
	}
	<-x.ended
	if !errors.Is(x.err, context.Canceled) || x.left != nil || x.sent() != before {
		t.Errorf("%v, left %v, %d requests after the interrupt: %v", x.err, x.left, x.sent()-before, x.log)
	}
}

// TestTriesAreBounded has servers that always refuse: no request goes out more than
// three times, and none that may have done something more than once.
func TestTriesAreBounded(t *testing.T) {
	for name, status := range map[string]int{"throttled": http.StatusTooManyRequests, "unavailable": http.StatusServiceUnavailable} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			changing := 0
			x := throttle(t, workers, "", "", 0, func(x *throttled) {
				x.jumps = true
				x.instead = func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == "/metadata" {
						return false
					}
					if r.Method != http.MethodGet {
						mu.Lock()
						changing++
						mu.Unlock()
					}
					w.Header().Set("Retry-After", "1")
					w.WriteHeader(status)
					return true
				}
				x.requests = append(x.requests, catalogue.PermissionRequests(catalogue.FHIR)...)
				x.o.Only, x.o.AssumeAHDS = append(x.o.Only, catalogue.GroupFHIRPermission), true
			})
			<-x.ended
			others := 0
			for _, o := range x.outcomes {
				retries := 0
				if r := o.Evidence.Response; r != nil && r.Extra["retries"] != nil {
					retries, _ = r.Extra["retries"].(int)
				}
				once := status == http.StatusServiceUnavailable && o.Request.Method != http.MethodGet
				if retries > 2 || once && retries > 0 {
					t.Errorf("%s %s was sent %d times", o.Request.Method, o.Request.Path, 1+retries)
				}
				if o.Request.Method != http.MethodGet && o.Skipped == "" {
					others += 1 + retries
				}
			}
			if x.err != nil || others == 0 || changing != others {
				t.Errorf("%v; the server saw %d requests that may change something, %d were meant", x.err, changing, others)
			}
		})
	}
}

// TestNobodyIsHeldForEver: each time that the first is about to wake, another one is
// told to wait half a minute. After two minutes the first gives up, and has not asked
// again.
func TestNobodyIsHeldForEver(t *testing.T) {
	const workers = 6
	settled := 0
	x := throttle(t, workers, "30", "30", workers-1, func(x *throttled) {
		x.o.Progress = func(done, _ int, _ string) { settled = done }
	})
	x.await(t, 1, 1)
	x.advance(29 * time.Second)
	for told := 2; told <= 5; told++ {
		if settled != 1 {
			t.Fatalf("%d have given up before two minutes were over", settled-1)
		}
		x.more <- struct{}{}
		x.awaitSleepers(t, told)
		x.advance(4 * time.Second) // whoever wanted to wake has, jitter included
		x.awaitSleepers(t, told)
		x.advance(25 * time.Second)
	}
	if settled != 2 || x.sent() != 1+workers {
		t.Errorf("%d are settled, %d requests were sent", settled, x.sent())
	}
	x.stop()
	<-x.ended
}

// TestCleanupPassesTheBrakeOnce: what was made is removed also where the service
// asked to be left alone for an hour; if that is refused, it is listed.
func TestCleanupPassesTheBrakeOnce(t *testing.T) {
	for name, refuses := range map[string]bool{"removed": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			removals := 0
			x := throttle(t, 1, "", "", 0, func(x *throttled) {
				x.instead = func(w http.ResponseWriter, r *http.Request) bool {
					made := strings.HasPrefix(r.URL.Path, "/Patient/"+idCanary)
					if made && r.Method == http.MethodDelete {
						removals++
					}
					if !made || r.Method == http.MethodDelete && !refuses {
						return false
					}
					w.Header().Set("Retry-After", "3600")
					w.WriteHeader(http.StatusTooManyRequests)
					return true
				}
				x.o.Write, x.o.Only = true, []string{"fhir.patient"}
			})
			<-x.ended
			if removals != 1 || (len(x.left) == 1) != refuses || len(x.stored) != len(x.left) {
				t.Errorf("%d removals, left %+v, stored %v", removals, x.left, x.stored)
			}
			if refuses && (x.left[0].Method != http.MethodDelete || x.left[0].Reason != "status 429") {
				t.Errorf("%+v", x.left[0])
			}
			if x.slept != nil {
				t.Errorf("slept %v", x.slept)
			}
		})
	}
}
