package formats

import (
	"bytes"
	"strconv"

	"github.com/kdump/kdump/codec"
)

// format appends a value; nothing where it says nothing, so that the word it
// stands in is left out.
type format func(s *summary, dst []byte, op *codec.Op, raw []byte) []byte

// formatOf returns the format of a name in a template, nil for an unknown one.
func formatOf(name string) format {
	switch name {
	case "ms":
		return milliseconds
	case "size":
		return size
	case "nonzero":
		return nonzero
	case "acks":
		return acks
	case "offset":
		return offset
	case "when":
		return when
	case "before":
		return before
	case "epoch":
		return membership
	case "assigned":
		return assigned
	case "user":
		return saslUser
	}
	return enumeration(name)
}

// plain appends a value as its kind and meaning have it. Numbers of -1 stand
// for none throughout Kafka's definitions, and so do ids of zeros.
func plain(s *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	switch op.Kind {
	case codec.String:
		if op.Is == codec.MemberID {
			return appendMemberID(dst, raw)
		}
		return appendName(dst, raw)
	case codec.UUID:
		return appendID(s, dst, op, raw)
	case codec.Bytes, codec.Records:
		return appendBytes(dst, int64(len(raw)))
	case codec.Float64:
		return appendFloat(dst, op.Float(raw))
	case codec.Bool:
		return strconv.AppendBool(dst, raw[0] != 0)
	}
	n := op.Int(raw)
	if n == -1 || n < 0 && op.Is == codec.BrokerID {
		return dst
	}
	return strconv.AppendInt(dst, n, 10)
}

func appendID(s *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	var none [16]byte
	if bytes.Equal(raw, none[:]) {
		return dst
	}
	if op.Is == codec.TopicID {
		if name := s.exchange.Names.Topic(raw); name != "" {
			return appendName(dst, name)
		}
	}
	return appendShortID(dst, raw)
}

func milliseconds(_ *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	n := op.Int(raw)
	if n < 0 {
		return dst
	}
	return append(strconv.AppendInt(dst, n, 10), "ms"...)
}

func size(_ *summary, dst []byte, _ *codec.Op, raw []byte) []byte {
	if len(raw) == 0 {
		return dst
	}
	return append(strconv.AppendInt(dst, int64(len(raw)), 10), 'B')
}

func nonzero(s *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	if op.Int(raw) == 0 {
		return dst
	}
	return plain(s, dst, op, raw)
}

// acks appends how many brokers have to have written the records, where that
// is not all (-1), and not none (0), of which the line says that no response
// is due.
func acks(_ *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	if n := op.Int(raw); n != -1 && n != 0 {
		return strconv.AppendInt(dst, n, 10)
	}
	return dst
}

// offset appends a committed offset, of which -1 says that there is none.
func offset(_ *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	if n := op.Int(raw); n != -1 {
		return strconv.AppendInt(dst, n, 10)
	}
	return append(dst, "none"...)
}

// moments are the timestamps below 0 by which ListOffsets asks for an offset
// (Kafka's ListOffsetsRequest).
var moments = [...]string{"", "latest", "earliest", "max-timestamp", "earliest-local", "latest-tiered", "earliest-pending-upload"}

func when(_ *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	n := op.Int(raw)
	if n < 0 && -n < int64(len(moments)) {
		return append(dst, moments[-n]...)
	}
	return strconv.AppendInt(dst, n, 10)
}

// before appends the offset up to which records are deleted, of which -1 is
// the end of the partition (Kafka's DeleteRecordsRequest).
func before(_ *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	if n := op.Int(raw); n != -1 {
		return strconv.AppendInt(dst, n, 10)
	}
	return append(dst, "end"...)
}

// membership appends the epoch of a member, of which 0 joins, -1 leaves and
// -2 leaves for a while (KIP-848).
func membership(_ *summary, dst []byte, op *codec.Op, raw []byte) []byte {
	switch n := op.Int(raw); n {
	case 0:
		return append(dst, "joins"...)
	case -1:
		return append(dst, "leaves"...)
	case -2:
		return append(dst, "leaves for a while"...)
	default:
		return strconv.AppendInt(append(dst, "epoch="...), n, 10)
	}
}

func appendAPI(dst []byte, key int16) []byte {
	if api := codec.APIByKey(key); api != nil {
		return append(dst, api.Name...)
	}
	return strconv.AppendInt(append(dst, "API "...), int64(key), 10)
}

// appendErrorName appends an error's name in Kafka, or its code where this
// program knows none.
func appendErrorName(dst []byte, code int16) []byte {
	if name := codec.ErrorName(code); name != "" {
		return append(dst, name...)
	}
	return strconv.AppendInt(append(dst, "ERROR_"...), int64(code), 10)
}

// names are what the values of enumerations are called, by value; "" says
// nothing.
type names []string

// enumerations are Kafka's own; the classes that hold them stand beside.
func enumerations(name string) names {
	switch name {
	case "isolation": // IsolationLevel
		return names{"", "read_committed"}
	case "coordinator": // FindCoordinatorRequest.CoordinatorType
		return names{"group", "transaction", "share"}
	case "resource": // ResourceType
		return names{"unknown", "any-resource", "topic", "group", "cluster", "transactional-id", "delegation-token", "user"}
	case "pattern": // PatternType
		return names{"unknown", "", "match", "", "prefixed"}
	case "operation": // AclOperation
		return names{"unknown", "", "all", "read", "write", "create", "delete", "alter", "describe", "cluster-action",
			"describe-configs", "alter-configs", "idempotent-write", "create-tokens", "describe-tokens", "two-phase-commit"}
	case "permission": // AclPermissionType
		return names{"unknown", "", "deny", "allow"}
	case "config": // ConfigResource.Type
		return names{0: "unknown", 2: "topic", 4: "broker", 8: "broker-logger", 16: "client-metrics", 32: "group"}
	case "alter": // AlterConfigOp.OpType
		return names{"set:", "delete:", "append:", "subtract:"}
	case "election": // ElectionType
		return names{"preferred", "unclean"}
	case "scram": // ScramMechanism
		return names{"unknown", "SCRAM-SHA-256", "SCRAM-SHA-512"}
	case "compression": // CompressionType
		return names{"uncompressed", "gzip", "snappy", "lz4", "zstd"}
	case "upgrade": // FeatureUpdate.UpgradeType
		return names{"", "", "downgrade", "unsafe-downgrade"}
	case "endpoint": // DescribeClusterRequest
		return names{"", "", "controllers"}
	}
	return nil
}

func enumeration(name string) format {
	known := enumerations(name)
	if known == nil {
		return nil
	}
	return func(_ *summary, dst []byte, op *codec.Op, raw []byte) []byte {
		n := op.Int(raw)
		if n >= 0 && n < int64(len(known)) {
			return append(dst, known[n]...)
		}
		return strconv.AppendInt(append(append(dst, name...), '='), n, 10)
	}
}

// saslUser appends the mechanism, and the user whom a client's SASL message
// names; nothing else of a token ever leaves it.
func saslUser(s *summary, dst []byte, _ *codec.Op, raw []byte) []byte {
	dst = appendHarmless(dst, s.exchange.Mechanism)
	if user := userOf(s.exchange.Mechanism, raw); user != "" {
		dst = appendName(append(dst, " user="...), user)
	}
	return dst
}
