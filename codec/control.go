package codec

// Control is what a control record says (Kafka's ControlRecordType).
type Control struct {
	Payload
	Name string // Kafka's, such as "COMMIT"; "" for a type that is not known
	// Versioned says that the version stands in front of the message, and is
	// no field of it.
	Versioned bool
}

// controlNames are those of Kafka's ControlRecordType, by number.
var controlNames = [...]string{"ABORT", "COMMIT", "LEADER_CHANGE", "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER", "KRAFT_VERSION", "KRAFT_VOTERS"}

// controlRecords are the records that their values hold.
var controlRecords = [len(controlNames)]schema{{file: endTxnMarker}, {file: endTxnMarker}, {file: "record/LeaderChangeMessage"},
	{file: "record/SnapshotHeaderRecord"}, {file: "record/SnapshotFooterRecord"}, {file: "record/KRaftVersionRecord"}, {file: "record/VotersRecord"}}

const endTxnMarker = "record/EndTxnMarker"

// ReadControl reads the value of a control record of a type, the second number
// of its key. Kafka reads all of them as version 0, whatever they say, and
// leaves what is behind. ok is false where it cannot be read, or where the
// type is not known.
func (r *PayloadReader) ReadControl(number int16, value []byte) (c Control, ok bool) {
	if number < 0 || int(number) >= len(controlNames) {
		return Control{}, false
	}
	c.Name = controlNames[number]
	s := &controlRecords[number]
	c.Versioned = s.file == endTxnMarker
	if !c.Versioned {
		c.Payload, ok = r.readBody(s, 0, value)
		return c, ok
	}
	if len(value) < 2 {
		return c, false
	}
	c.Payload, ok = r.readBody(s, 0, value[2:])
	c.Version = int16(value[0])<<8 | int16(value[1])
	return c, ok
}
