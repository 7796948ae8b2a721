module github.com/kdump/kdump/testdata/bench

go 1.26.0

replace github.com/kdump/kdump => ../..

require (
	github.com/kdump/kdump v0.0.0
	github.com/twmb/franz-go/pkg/kmsg v1.15.0
)
