package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// row is a line of the table.
type row struct{ what, ours, beside, aim, verdict string }

// print writes the table in Markdown, and on which machine it was.
func (m measured) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Medians of %d runs of whole processes on %s:\n\n", m.runs, m.machine)
	b.WriteString("| Measured | hdstest | Beside it | Aim | |\n|---|---|---|---|---|\n")
	for _, r := range m.rows() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.what, r.ours, r.beside, r.aim, r.verdict)
	}
	for _, why := range m.left {
		fmt.Fprintf(&b, "\n%s.\n", why)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (m measured) rows() []row {
	wall := func(name string) time.Duration { return m.of(name).wall() }
	rows := []row{
		{"process start (`version`)", ms(wall(start)), "", "at most 8 ms", most(wall(start), 8*time.Millisecond, ms)},
		{"`token` from the cache", ms(wall(cached)), "`version`: " + ms(wall(start)), "at most 5 ms more",
			most(wall(cached)-wall(start), 5*time.Millisecond, ms)},
		{"`token`, the first one", ms(wall(first)), "the same two requests by a bare Go program: " + ms(wall(bare)), "less than 1.3 times",
			less(wall(first), wall(bare), 1.3)},
		{"`probe all`", ms(wall(probed)), "the same requests by one curl process: " + ms(wall(curlSerial)), "faster", less(wall(probed), wall(curlSerial), 1)},
		{"", "", "… with `--parallel`: " + ms(wall(curlAtOnce)), "", less(wall(probed), wall(curlAtOnce), 1)},
		{"`smoke --sandbox`, its keys kept", ms(wall(smoke)), "", "at most 300 ms", most(wall(smoke), 300*time.Millisecond, ms)},
	}
	if newman := wall(newmanName); newman > 0 {
		rows = append(rows, row{"", "", "newman with the exported collection, on a running sandbox: " + ms(newman), "10 times faster",
			less(wall(smoke), newman, 0.1)})
	}
	rows = append(rows, row{fmt.Sprintf("`probe --all`, %d services", m.services), ms(wall(many)),
		"the same requests by a bare Go loop: " + ms(wall(bareMany)), "throughput at least 0.7 of it", less(wall(many), wall(bareMany), 1/0.7)})
	return append(rows, m.weights()...)
}

// weights are the rows of memory, size and build.
func (m measured) weights() []row {
	memory := func(name string) int64 { return m.of(name).memory() }
	rows := []row{
		{"peak memory of `token`, the first one", mb(memory(first)), "bare Go program: " + mb(memory(bare)), "at most 30 MB", most(memory(first), 30e6, mb)},
		{"… from the cache", mb(memory(cached)), "`version`: " + mb(memory(start)), "at most 30 MB", most(memory(cached), 30e6, mb)},
		{"… of `probe all`", mb(memory(probed)), "curl: " + mb(memory(curlSerial)), "", ""},
	}
	rows = append(rows, row{fmt.Sprintf("… of `probe --all`, %d services", m.services), mb(memory(many)), "bare Go loop: " + mb(memory(bareMany)), "at most 100 MB", most(memory(many), 100e6, mb)})
	of := row{"… of `smoke --sandbox`", mb(memory(smoke)), "", "", ""}
	if newman := memory(newmanName); newman > 0 {
		of.beside = "newman: " + mb(newman)
	}
	rows = append(rows, of, row{"stripped binary", mb(m.size), "", "at most 40 MB", most(m.size, 40e6, mb)})
	if m.build.wall > 0 {
		rows = append(rows, row{"build from an empty build cache", s(m.build.wall), "", "at most 90 s", most(m.build.wall, 90*time.Second, s)})
	}
	return rows
}

// most says whether a figure is within its limit, and by how much it is not.
func most[N ~int64](got, limit N, text func(N) string) string {
	if got <= limit {
		return "met"
	}
	return "missed by " + text(got-limit)
}

// less says whether a time is below a multiple of another, and what the multiple is.
func less(got, than time.Duration, times float64) string {
	ratio := float64(got) / float64(than)
	text := fmt.Sprintf("%.2f times", ratio)
	if ratio < 1 && ratio > 0 {
		text = fmt.Sprintf("%.1f times faster", 1/ratio)
	}
	if ratio < times || times < 1 && ratio <= times {
		return "met: " + text
	}
	return "missed: " + text
}

func ms(d time.Duration) string {
	if d < 100*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

func s(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }

func mb(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// platform is what the programs were built with and for.
func platform() string {
	return fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
