package main

import (
	"github.com/cheggaaa/pb/v3"
	"github.com/kdump/kdump/capture"
)

// progress is a bar on stderr that shows how much of the input was read. It
// is shown only where somebody looks at stderr and the output goes elsewhere.
type progress struct {
	bar    *pb.ProgressBar // nil where none is shown
	source *capture.Reader
}

func newProgress(s streams, source *capture.Reader) *progress {
	p := &progress{source: source}
	if isTerminal(s.err) && !isTerminal(s.out) {
		p.bar = pb.Full.New(0).SetTotal(source.Stats().BytesTotal).Set(pb.Bytes, true).SetWriter(s.err)
		p.bar.Set(pb.CleanOnFinish, true).Start()
	}
	return p
}

func (p *progress) update() {
	if p.bar != nil {
		p.bar.SetCurrent(p.source.Stats().BytesRead)
	}
}

// hide takes the bar away for good.
func (p *progress) hide() {
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
}
