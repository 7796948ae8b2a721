package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
)

// groupSummary knows what a message says of a classic group: the topics that
// its member subscribes to, and who is given which partitions. Connect's
// connectors and tasks stand for topics and partitions.
type groupSummary struct {
	reader       codec.PayloadReader
	walker       codec.Walker
	protocol     codec.Protocol
	subscription codec.Payload // the first of the message that can be read: all protocols have the same topics
	unreadable   bool          // there are subscriptions, and none so far can be read
	names        nameVisitor
}

// begin says that a message is going to be read.
func (g *groupSummary) begin() {
	g.protocol, g.subscription, g.unreadable = codec.Protocol{}, codec.Payload{}, false
}

// note takes what a field tells.
func (g *groupSummary) note(op *codec.Op, raw []byte) {
	g.protocol.Note(op.Is, raw)
	if op.Is != codec.GroupSubscription || g.subscription.Layout != nil || len(raw) == 0 {
		return
	}
	p, ok := g.reader.Read(op.Is, g.protocol, raw)
	if ok {
		g.subscription = p
	}
	g.unreadable = !ok && (g.unreadable || p.Err != nil)
}

// appendSubscription appends the topics that are subscribed to, or that this
// cannot be read.
func (g *groupSummary) appendSubscription(dst []byte, palette *palette) []byte {
	if g.unreadable {
		return palette.bad.paint(dst, "subscription-unreadable")
	}
	const title = "subscribes="
	start := len(dst)
	if g.subscription.Layout != nil {
		dst = g.appendNames(append(dst, title...), &g.subscription)
	}
	if len(dst) == start+len(title) {
		return dst[:start]
	}
	return dst
}

// assigned appends the partitions that a member is given, or how many bytes
// stand for them where they cannot be read.
func assigned(s *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	if len(raw) == 0 {
		return append(dst, "nothing"...)
	}
	p, ok := s.group.reader.Read(op.Is, s.group.protocol, raw)
	if !ok {
		return append(strconv.AppendInt(dst, int64(len(raw)), 10), 'B')
	}
	start := len(dst)
	if dst = s.group.appendNames(dst, &p); len(dst) == start {
		return append(dst, "nothing"...)
	}
	return dst
}

// appendNames appends the topics, with their partitions, in a payload.
func (g *groupSummary) appendNames(dst []byte, p *codec.Payload) []byte {
	g.names = nameVisitor{dst: dst, last: none, connect: string(p.ProtocolType) == "connect"}
	_ = g.walker.Walk(p.Layout, codec.Body{Bytes: p.Body}, &g.names) // which was read to its end before
	return g.names.dst
}

// mostNames is how many topics of a payload a line shows, mostRuns how many
// numbers, or runs of such, of each.
const (
	mostNames = 6
	mostRuns  = 6
)

// none stands for the number before the first one.
const none = -2

// nameVisitor appends the names in the first array of a payload: of topics,
// or, with the numbers inside them, of topics or connectors.
type nameVisitor struct {
	dst     []byte
	connect bool  // they are Connect's
	array   int32 // the array, 0 while it was not met
	count   int   // names so far
	more    int   // names that are not shown
	last    int64 // number
	run     bool  // numbers up to last are open: "0-"
	runs    int   // of the name, so far
	hidden  int   // numbers of the name that are not shown
}

// Enter passes over what is behind the first array.
func (v *nameVisitor) Enter(_ *codec.Walker, op *codec.Op, n int) bool {
	switch {
	case op.At == 0:
		return true
	case v.array == 0 && op.Kind == codec.Array:
		v.array = op.At
		v.more = max(0, n-mostNames)
		return true
	case op.Kind == codec.Struct:
		return op.Parent == v.array && v.count < mostNames
	}
	if op.Depth == 0 || op.Parent != v.array+1 || n == 0 {
		return false
	}
	v.dst = append(v.dst, '[')
	v.last, v.run, v.runs, v.hidden = none, false, 0, 0
	return true
}

// Leave closes what Enter opened.
func (v *nameVisitor) Leave(_ *codec.Walker, op *codec.Op) {
	switch {
	case op.At == v.array && op.At != 0:
		if v.more > 0 {
			v.dst = append(strconv.AppendInt(append(v.dst, ",+"...), int64(v.more), 10), " more"...)
		}
	case op.Kind == codec.Array:
		v.endRun()
		if v.hidden > 0 {
			v.dst = strconv.AppendInt(append(v.dst, ",+"...), int64(v.hidden), 10)
		}
		v.dst = append(v.dst, ']')
	}
}

// Value appends names and numbers.
func (v *nameVisitor) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	switch {
	case v.array == 0 || op.At <= v.array:
	case op.Kind == codec.String && (op.Parent == v.array || op.Parent == v.array+1):
		v.name(raw)
	case op.Kind == codec.Int32 && op.Name == "":
		v.number(op.Int(raw))
	}
}

// Tag does nothing.
func (v *nameVisitor) Tag(*codec.Walker, uint32, []byte) {}

func (v *nameVisitor) name(raw []byte) {
	if v.count++; v.count > mostNames {
		return
	}
	if v.count > 1 {
		v.dst = append(v.dst, ',')
	}
	v.dst = appendName(v.dst, raw)
}

// connectorTask is the number by which Connect means the connector itself
// among its tasks (ConnectProtocol.CONNECTOR_TASK).
const connectorTask = -1

func (v *nameVisitor) number(n int64) {
	switch {
	case v.last >= 0 && n == v.last+1 && v.hidden == 0:
		v.last, v.run = n, true
		return
	case v.runs == mostRuns:
		v.hidden++
		return
	case v.runs > 0:
		v.endRun()
		v.dst = append(v.dst, ',')
	}
	v.runs++
	v.last = n
	if n == connectorTask && v.connect {
		v.dst = append(v.dst, "connector"...)
		return
	}
	v.dst = strconv.AppendInt(v.dst, n, 10)
}

func (v *nameVisitor) endRun() {
	if v.run {
		v.dst = strconv.AppendInt(append(v.dst, '-'), v.last, 10)
	}
	v.run = false
}
