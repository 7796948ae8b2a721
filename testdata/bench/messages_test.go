package bench

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// body is a message of kmsg's, request or response.
type body interface {
	SetVersion(version int16)
	AppendTo(dst []byte) []byte
	ReadFrom(src []byte) error
	UnsafeReadFrom(src []byte) error
}

// message is what is measured: a message of the size that a busy client or
// broker sends, at the oldest version that brokers of Kafka 4 take or an older
// one, and at the newest that kmsg knows.
type message struct {
	api      string
	response bool
	old, new int16
	make     func() body // an empty message
	fill     func() body
}

// The messages. Records are few, so that their bytes, which nobody looks at,
// do not make all decoders look fast.
var messages = []message{
	{"Produce", false, 3, 13, func() body { return kmsg.NewPtrProduceRequest() }, produce},
	{"Fetch", true, 4, 18, func() body { return kmsg.NewPtrFetchResponse() }, fetch},
	{"Metadata", true, 1, 13, func() body { return kmsg.NewPtrMetadataResponse() }, metadata},
	{"JoinGroup", true, 0, 9, func() body { return kmsg.NewPtrJoinGroupResponse() }, joinGroup},
	{"OffsetCommit", false, 2, 10, func() body { return kmsg.NewPtrOffsetCommitRequest() }, offsetCommit},
}

const (
	topics     = 10
	partitions = 10
	batchSize  = 120 // bytes of records in a partition: a batch of one small record
)

func topicName(i int) string { return fmt.Sprintf("orders.eu-west-1.v%03d", i) }

// topicID gives an id that looks as random as those that Kafka makes.
func topicID(i int) (id [16]byte) {
	for at := range id {
		id[at] = byte((i + 7) * (at + 31) * 37)
	}
	return id
}

func batch() []byte {
	b := make([]byte, batchSize)
	for i := range b {
		b[i] = byte(i * 11)
	}
	return b
}

// produce is of 10 topics with 10 partitions each.
func produce() body {
	m := kmsg.NewPtrProduceRequest()
	m.Acks, m.TimeoutMillis = -1, 30000
	for i := range topics {
		t := kmsg.NewProduceRequestTopic()
		t.Topic, t.TopicID = topicName(i), topicID(i)
		for p := range partitions {
			partition := kmsg.NewProduceRequestTopicPartition()
			partition.Partition, partition.Records = int32(p), batch()
			t.Partitions = append(t.Partitions, partition)
		}
		m.Topics = append(m.Topics, t)
	}
	return m
}

// fetch is of 10 topics with 10 partitions each, every second of which has
// records.
func fetch() body {
	m := kmsg.NewPtrFetchResponse()
	m.SessionID = 1029384756
	for i := range topics {
		t := kmsg.NewFetchResponseTopic()
		t.Topic, t.TopicID = topicName(i), topicID(i)
		for p := range partitions {
			partition := kmsg.NewFetchResponseTopicPartition()
			partition.Partition = int32(p)
			partition.HighWatermark = 81234567 + int64(i*p)
			partition.LastStableOffset, partition.LogStartOffset = partition.HighWatermark, 75000000
			partition.RecordBatches = []byte{}
			if p%2 == 0 {
				partition.RecordBatches = batch()
			}
			t.Partitions = append(t.Partitions, partition)
		}
		m.Topics = append(m.Topics, t)
	}
	return m
}

// metadata is of 6 brokers and 100 topics with 6 partitions and 3 replicas
// each.
func metadata() body {
	m := kmsg.NewPtrMetadataResponse()
	cluster := "5L6g3nShT-eMCtK--X86sw"
	m.ClusterID, m.ControllerID = &cluster, 3
	for i := range 6 {
		rack := fmt.Sprintf("eu-west-1%c", 'a'+i%3)
		b := kmsg.NewMetadataResponseBroker()
		b.NodeID, b.Host, b.Port, b.Rack = int32(i), fmt.Sprintf("broker-%d.kafka.example.com", i), 9092, &rack
		m.Brokers = append(m.Brokers, b)
	}
	for i := range 100 {
		name := topicName(i)
		t := kmsg.NewMetadataResponseTopic()
		t.Topic, t.TopicID = &name, topicID(i)
		for p := range int32(6) {
			partition := kmsg.NewMetadataResponseTopicPartition()
			partition.Partition, partition.Leader, partition.LeaderEpoch = p, p%6, 17
			partition.Replicas = []int32{p % 6, (p + 1) % 6, (p + 2) % 6}
			partition.ISR = partition.Replicas
			t.Partitions = append(t.Partitions, partition)
		}
		m.Topics = append(m.Topics, t)
	}
	return m
}

// joinGroup is what the leader of a group of 30 members is told.
func joinGroup() body {
	m := kmsg.NewPtrJoinGroupResponse()
	consumer, rangeAssignor := "consumer", "range"
	m.Generation, m.ProtocolType, m.Protocol = 42, &consumer, &rangeAssignor
	for i := range 30 {
		member := kmsg.NewJoinGroupResponseMember()
		member.MemberID = fmt.Sprintf("billing-%d-0f8fad5b-d9cb-469f-a165-70867728950e", i)
		member.ProtocolMetadata = batch()[:60]
		m.Members = append(m.Members, member)
	}
	m.LeaderID, m.MemberID = m.Members[0].MemberID, m.Members[0].MemberID
	return m
}

// offsetCommit is of 10 topics with 10 partitions each.
func offsetCommit() body {
	m := kmsg.NewPtrOffsetCommitRequest()
	m.Group, m.Generation, m.MemberID = "billing", 42, "billing-0-0f8fad5b-d9cb-469f-a165-70867728950e"
	empty := ""
	for i := range topics {
		t := kmsg.NewOffsetCommitRequestTopic()
		t.Topic, t.TopicID = topicName(i), topicID(i)
		for p := range partitions {
			partition := kmsg.NewOffsetCommitRequestTopicPartition()
			partition.Partition, partition.Offset, partition.LeaderEpoch, partition.Metadata = int32(p), 81234567+int64(i*p), 17, &empty
			t.Partitions = append(t.Partitions, partition)
		}
		m.Topics = append(m.Topics, t)
	}
	return m
}

// forgetRecords empties the records of a message.
func forgetRecords(m body) {
	switch m := m.(type) {
	case *kmsg.ProduceRequest:
		for i := range m.Topics {
			for p := range m.Topics[i].Partitions {
				m.Topics[i].Partitions[p].Records = nil
			}
		}
	case *kmsg.FetchResponse:
		for i := range m.Topics {
			for p := range m.Topics[i].Partitions {
				m.Topics[i].Partitions[p].RecordBatches = nil
			}
		}
	}
}
