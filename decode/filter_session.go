package decode

import "github.com/kdump/kdump/codec"

// maxFetched bounds the partitions of wanted topics that are kept of a fetch
// session.
const maxFetched = 4096

// fetchSession is what a connection's client fetches without naming it again.
// From Fetch v7 on the broker keeps what a client fetches, and a request names
// only what is to change of it: partitions to fetch, and to forget (KIP-227).
type fetchSession struct {
	id     int32               // 0 where it is not known yet
	wanted map[string]struct{} // partitions of wanted topics: name or id, and number
}

// fetchReader is a visitor that follows a session through Fetch messages.
type fetchReader struct {
	filter  *Filter
	names   *Names
	session *fetchSession

	response  bool
	id, epoch int32
	code      int64
	forgets   bool
	topic     []byte // the wanted topic whose partitions come, nil for others
}

// follow follows a fetch session through an exchange, and reports whether it
// fetches from a wanted topic, be that named in it or not.
func (f *Filter) follow(e *Exchange) bool {
	if e.Request.Layout == nil || e.Request.Layout.Key != apiFetch {
		return false
	}
	s := &e.Connection.fetching
	r := &f.fetches
	*r = fetchReader{filter: f, names: e.Names, session: s, epoch: -1, topic: r.topic[:0]}
	// Of what cannot be read to its end, all before the fault counts.
	_ = f.walker.Walk(e.Request.Layout, e.Request.Body, r)
	fetches := len(s.wanted) > 0
	if e.Response.Layout != nil {
		r.response = true
		_ = f.walker.Walk(e.Response.Layout, e.Response.Body, r)
		s.id = r.id
	}
	if r.epoch < 0 || r.code != 0 || e.Response.Layout != nil && s.id == 0 {
		*s = fetchSession{} // there is no session, or no more
	}
	return fetches
}

// begin begins to read what a request changes in its session: all of it in
// one that begins anew, with epoch 0, or has none, with epoch -1.
func (r *fetchReader) begin() {
	s := r.session
	if r.epoch <= 0 || s.id != 0 && s.id != r.id {
		s.wanted = nil
	}
	s.id = r.id
}

// Enter passes over what a response fetched.
func (r *fetchReader) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	r.forgets = r.forgets || op.Name == "forgottenTopicsData"
	return op.Parent < 0 || !r.response
}

// Leave does nothing.
func (r *fetchReader) Leave(*codec.Walker, *codec.Op) {}

// Tag does nothing.
func (r *fetchReader) Tag(*codec.Walker, uint32, []byte) {}

// Value notes the session, topics and partitions.
func (r *fetchReader) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	switch {
	case op.Is == codec.ErrorCode:
		r.code = op.Int(raw)
	case op.Name == "sessionId":
		r.id = int32(op.Int(raw))
	case op.Name == "sessionEpoch":
		r.epoch = int32(op.Int(raw))
		r.begin()
	case op.Is == codec.TopicName, op.Is == codec.TopicID:
		r.topic = r.topic[:0]
		if r.filter.wantsTopic(r.names, op, raw) {
			r.topic = append(r.topic, raw...)
		}
	case op.Is == codec.Partition && len(r.topic) > 0:
		r.partition(append(r.topic, raw...))
	}
}

// partition has the session fetch from a partition, or forget it.
func (r *fetchReader) partition(key []byte) {
	s := r.session
	if r.forgets {
		delete(s.wanted, string(key))
		return
	}
	if _, known := s.wanted[string(key)]; known || len(s.wanted) == maxFetched {
		return
	}
	if s.wanted == nil {
		s.wanted = make(map[string]struct{})
	}
	s.wanted[string(key)] = struct{}{}
}
