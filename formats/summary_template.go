package formats

import (
	"strings"

	"github.com/kdump/kdump/codec"
)

// template says what the line of an API shows of its request and its
// response. Errors, with the topic, group or whatever they are about, and
// throttling are found without it.
//
// A template is words with spaces between them; a word is text and fields in
// braces, and is left out where one of its fields is not there, is null, or
// says nothing, such as -1. Fields go by Kafka's names:
//
//	{groupId}            the value, in the way of its type and meaning
//	{name|topicId}       the first of them that has a value
//	{state.replicaId}    a field of a struct
//	{timestamp:when}     the value in another way: see formatOf
//	{topics {name}}      the elements of an array, each by a template of its own;
//	                     partitions that follow one another as 0-5
//	{topics/all {name}}  likewise, and what stands for null
//	{topics*all {name}}  likewise, where an empty array means the same in versions
//	                     that have no null
//	{members#member}     how many elements, and of what: "3 members", "no members"
//	{members+member}     likewise, but nothing for none
//	{committed?yes/no}   a word for true, and one for false
//	{a=b?yes/no}         a word for equal fields, and one for others
//	{=value}             "=" and the value; nothing where that is null
//	{?records}           nothing, but leaves the word out where the field is empty
//	{@topics}            every list of topics, with their partitions
//	{@records}           what all records of the message come to
//	{@subscription}      the topics that a member of a classic group subscribes to:
//	                     "subscribes=orders"
type template struct{ name, request, response string }

const (
	topicLists    = "{@topics}"
	recordTotals  = "@records"
	subscriptions = "@subscription"
)

// templates are those of the APIs by key. Whoever adds an API need not add
// one here: see generalTemplate.
var templates = [...]template{
	{"Produce",
		"{@topics} {@records} acks={acks:acks} txn={transactionalId}",
		"{responses {name|topicId}[{partitionResponses {index}@{baseOffset}}]}"},
	{"Fetch",
		"{topics {topic|topicId}[{partitions {partition}@{fetchOffset:offset}}]} forgets={forgottenTopicsData {topic|topicId}[{partitions}]} replica={replicaId} replica={replicaState.replicaId} session={sessionId:nonzero}/{sessionEpoch} wait={maxWaitMs:ms} {isolationLevel:isolation} rack={rackId}",
		"{responses {topic|topicId}[{partitions {?records}{partitionIndex}}]} {@records}"},
	{"ListOffsets",
		"{topics {name}[{partitions {partitionIndex}@{timestamp:when}}]} replica={replicaId} {isolationLevel:isolation}",
		"{topics {name}[{partitions {partitionIndex}@{offset|oldStyleOffsets:offset}}]}"},
	{"Metadata",
		"{topics*all-topics {name|topicId}}",
		"{brokers#broker} {topics#topic} controller={controllerId}"},
	{"LeaderAndIsr", "{@topics} controller={controllerId} epoch={controllerEpoch}", ""},
	{"StopReplica",
		"{ungroupedPartitions {topicName}[{partitionIndex}]} {topics {name}[{partitionIndexes}]} {topicStates {topicName}[{partitionStates {partitionIndex}={deletePartition?delete/stop}}]} controller={controllerId} epoch={controllerEpoch} {deletePartitions?delete}",
		""},
	{"UpdateMetadata", "{@topics} {liveBrokers#live broker} controller={controllerId} epoch={controllerEpoch}", ""},
	{"ControlledShutdown", "broker={brokerId}", "{remainingPartitions#remaining partition}"},
	{"OffsetCommit",
		"{groupId} {topics {name|topicId}[{partitions {partitionIndex}@{committedOffset}}]} generation={generationIdOrMemberEpoch} member={memberId}",
		""},
	{"OffsetFetch",
		"{groupId} {topics/all-topics {name}[{partitionIndexes}]} {groups {groupId} {topics/all-topics {name|topicId}[{partitionIndexes}]}}",
		"{topics {name}[{partitions {partitionIndex}@{committedOffset:offset}}]} {groups {topics {name|topicId}[{partitions {partitionIndex}@{committedOffset:offset}}]}}"},
	{"FindCoordinator",
		"{keyType:coordinator} {key} {coordinatorKeys}",
		"{host}:{port} node={nodeId} {coordinators {key}={host}:{port} node={nodeId}}"},
	{"JoinGroup",
		"{groupId} member={memberId} instance={groupInstanceId} {protocolType}:{protocols {name}} {@subscription}",
		"generation={generationId} {protocolName} {leader=memberId?leader/follower} {members+member}"},
	{"Heartbeat", "{groupId} generation={generationId} member={memberId} instance={groupInstanceId}", ""},
	{"LeaveGroup",
		"{groupId} member={memberId} {members member={memberId} instance={groupInstanceId} {reason}}",
		""},
	{"SyncGroup",
		"{groupId} generation={generationId} member={memberId} instance={groupInstanceId} {assignments {memberId}={assignment:assigned}}",
		"{protocolName} assigned={assignment:assigned}"},
	{"DescribeGroups", "{groups}", "{groups {groupId} {groupState} {protocolType}:{protocolData} {members#member} {members {memberId}={memberAssignment:assigned}}}"},
	{"ListGroups", "states={statesFilter} types={typesFilter}", "{groups#group}"},
	{"SaslHandshake", "{mechanism}", "offers={mechanisms}"},
	{"ApiVersions", "{clientSoftwareName} {clientSoftwareVersion}", "{apiKeys#API}"},
	{"CreateTopics",
		"{topics {name} partitions={numPartitions} rf={replicationFactor} {assignments+assignment} {configs {name}{=value}}} {validateOnly?validate-only}",
		""},
	{"DeleteTopics", "{topics {name|topicId}} {topicNames}", ""},
	{"DeleteRecords",
		"{topics {name}[{partitions {partitionIndex}@{offset:before}}]}",
		"{topics {name}[{partitions {partitionIndex}@{lowWatermark}}]}"},
	{"InitProducerId",
		"txn={transactionalId} pid={producerId}/{producerEpoch}",
		"pid={producerId}/{producerEpoch}"},
	{"OffsetForLeaderEpoch",
		"{topics {topic}[{partitions {partition}@epoch={leaderEpoch}}]} replica={replicaId}",
		"{topics {topic}[{partitions {partition}@{endOffset}}]}"},
	{"AddPartitionsToTxn",
		"{@topics} txn={v3AndBelowTransactionalId} pid={v3AndBelowProducerId}/{v3AndBelowProducerEpoch} {transactions {topics {name}[{partitions}]} txn={transactionalId} pid={producerId}/{producerEpoch} {verifyOnly?verify-only}}",
		""},
	{"AddOffsetsToTxn", "{groupId} txn={transactionalId} pid={producerId}/{producerEpoch}", ""},
	{"EndTxn", "{committed?commit/abort} txn={transactionalId} pid={producerId}/{producerEpoch}", "pid={producerId}/{producerEpoch}"},
	{"WriteTxnMarkers",
		"{markers {transactionResult?commit/abort} {topics {name}[{partitionIndexes}]} pid={producerId}/{producerEpoch}}",
		""},
	{"TxnOffsetCommit",
		"{groupId} {topics {name|topicId}[{partitions {partitionIndex}@{committedOffset}}]} txn={transactionalId} pid={producerId}/{producerEpoch}",
		""},
	{"DescribeAcls",
		"{permissionType:permission} {principalFilter} {operation:operation} {resourceTypeFilter:resource} {resourceNameFilter} {patternTypeFilter:pattern} host={hostFilter}",
		"{resources#resource}"},
	{"CreateAcls",
		"{creations {permissionType:permission} {principal} {operation:operation} {resourceType:resource}:{resourceName} {resourcePatternType:pattern} host={host}}",
		""},
	{"DeleteAcls",
		"{filters {permissionType:permission} {principalFilter} {operation:operation} {resourceTypeFilter:resource} {resourceNameFilter} {patternTypeFilter:pattern} host={hostFilter}}",
		"{filterResults {matchingAcls#ACL} deleted}"},
	{"DescribeConfigs",
		"{resources {resourceType:config}:{resourceName/default} {configurationKeys}}",
		"{results {resourceType:config}:{resourceName/default} {configs#config}}"},
	{"AlterConfigs", "{resources {resourceType:config}:{resourceName/default} {configs {name}{=value}}} {validateOnly?validate-only}", ""},
	{"AlterReplicaLogDirs", "{dirs {path} {topics {name}[{partitions}]}}", ""},
	{"DescribeLogDirs", "{topics/all-topics {topic}[{partitions}]}", "{results {logDir} {topics#topic}}"},
	{"SaslAuthenticate", "{authBytes:user}", "session-ms={sessionLifetimeMs:nonzero}"},
	{"CreatePartitions", "{topics {name} partitions={count}} {validateOnly?validate-only}", ""},
	{"CreateDelegationToken",
		"{ownerPrincipalName} renewers={renewers {principalType}:{principalName}}",
		"{principalType}:{principalName} token={tokenId}"},
	{"RenewDelegationToken", "for={renewPeriodMs:ms}", ""},
	{"ExpireDelegationToken", "in={expiryTimePeriodMs:ms}", ""},
	{"DescribeDelegationToken", "{owners/all-owners {principalType}:{principalName}}", "{tokens#token}"},
	{"DeleteGroups", "{groupsNames}", ""},
	{"ElectLeaders", "{electionType:election} {topicPartitions/all-topics {topic}[{partitions}]}", ""},
	{"IncrementalAlterConfigs",
		"{resources {resourceType:config}:{resourceName/default} {configs {configOperation:alter}{name}{=value}}} {validateOnly?validate-only}",
		""},
	{"AlterPartitionReassignments",
		"{topics {name}[{partitions {partitionIndex} to={replicas/nothing}}]}",
		""},
	{"ListPartitionReassignments", "{topics/all-topics {name}[{partitionIndexes}]}", "{topics {name}[{partitions {partitionIndex}}]}"},
	{"OffsetDelete", "{groupId} {@topics}", ""},
	{"DescribeClientQuotas", "{components {entityType}={match/*}}", "{entries#entry}"},
	{"AlterClientQuotas", "{entries {entity {entityType}={entityName/default}} {ops {key}={value}}} {validateOnly?validate-only}", ""},
	{"DescribeUserScramCredentials", "{users/all-users {name}}", "{results {user}:{credentialInfos {mechanism:scram}}}"},
	{"AlterUserScramCredentials",
		"{upsertions {name}:{mechanism:scram}} delete={deletions {name}:{mechanism:scram}}",
		""},
	{"Vote",
		"{topics {topicName}[{partitions {partitionIndex} candidate={replicaId} epoch={replicaEpoch} {preVote?pre-vote}}]}",
		"{topics {partitions {voteGranted?granted/refused} leader={leaderId} epoch={leaderEpoch}}}"},
	{"BeginQuorumEpoch", "{topics {topicName}[{partitions {partitionIndex} leader={leaderId} epoch={leaderEpoch}}]}", ""},
	{"EndQuorumEpoch", "{topics {topicName}[{partitions {partitionIndex} leader={leaderId} epoch={leaderEpoch}}]}", ""},
	{"DescribeQuorum",
		"{@topics}",
		"{topics {partitions leader={leaderId} epoch={leaderEpoch} high-watermark={highWatermark} {currentVoters#voter} {observers+observer}}}"},
	{"AlterPartition",
		"{topics {topicName|topicId}[{partitions {partitionIndex} isr={newIsr} isr={newIsrWithEpochs {brokerId}}}]} broker={brokerId}",
		""},
	{"UpdateFeatures",
		"{featureUpdates {feature}={maxVersionLevel} {upgradeType:upgrade}} {validateOnly?validate-only}",
		""},
	{"Envelope", "", ""},
	{"FetchSnapshot",
		"{topics {name}[{partitions {partition} snapshot={snapshotId.endOffset}-{snapshotId.epoch} position={position}}]} replica={replicaId}",
		"{topics {name}[{partitions size={size} position={position}}]} {@records}"},
	{"DescribeCluster", "{endpointType:endpoint}", "{brokers#broker} controller={controllerId} cluster={clusterId}"},
	{"DescribeProducers", "{@topics}", "{topics {name}[{partitions {partitionIndex} {activeProducers#producer}}]}"},
	{"BrokerRegistration",
		"broker={brokerId} {listeners {name}://{host}:{port}} rack={rack}",
		"broker-epoch={brokerEpoch}"},
	{"BrokerHeartbeat",
		"broker={brokerId} metadata-offset={currentMetadataOffset} {wantFence?wants-fence} {wantShutDown?wants-shutdown} {offlineLogDirs+offline directory}",
		"{isFenced?fenced} {isCaughtUp?/catching-up} {shouldShutDown?should-shut-down}"},
	{"UnregisterBroker", "broker={brokerId}", ""},
	{"DescribeTransactions",
		"{transactionalIds}",
		"{transactionStates {transactionState} {topics {topic}[{partitions}]} pid={producerId}/{producerEpoch}}"},
	{"ListTransactions",
		"states={stateFilters} pids={producerIdFilters} pattern={transactionalIdPattern}",
		"{transactionStates#transaction}"},
	{"AllocateProducerIds", "broker={brokerId}", "from={producerIdStart} count={producerIdLen}"},
	{"ConsumerGroupHeartbeat",
		"{groupId} {memberEpoch:epoch} member={memberId} instance={instanceId} subscribes={subscribedTopicNames} subscribes={subscribedTopicRegex} owns={topicPartitions {topicId}[{partitions}]}",
		"epoch={memberEpoch} assigned={assignment.topicPartitions/none {topicId}[{partitions}]}"},
	{"ConsumerGroupDescribe",
		"{groupIds}",
		"{groups {groupId} {groupState} {assignorName} epoch={groupEpoch} {members#member}}"},
	{"ControllerRegistration", "controller={controllerId} {listeners {name}://{host}:{port}}", ""},
	{"GetTelemetrySubscriptions",
		"client={clientInstanceId}",
		"client={clientInstanceId} subscription={subscriptionId} every={pushIntervalMs:ms} {requestedMetrics#metric}"},
	{"PushTelemetry",
		"client={clientInstanceId} {metrics} {compressionType:compression} subscription={subscriptionId} {terminating?terminating}",
		""},
	{"AssignReplicasToDirs", "broker={brokerId} {directories {id}:{topics {topicId}[{partitions {partitionIndex}}]}}", ""},
	{"ListConfigResources", "{resourceTypes:config}", "{configResources#resource}"},
	{"DescribeTopicPartitions",
		"{topics {name}} from={cursor.topicName}[{cursor.partitionIndex}]",
		"{topics {name|topicId} {partitions#partition}} next={nextCursor.topicName}[{nextCursor.partitionIndex}]"},
	{"ShareGroupHeartbeat",
		"{groupId} {memberEpoch:epoch} member={memberId} subscribes={subscribedTopicNames}",
		"epoch={memberEpoch} assigned={assignment.topicPartitions/none {topicId}[{partitions}]}"},
	{"ShareGroupDescribe",
		"{groupIds}",
		"{groups {groupId} {groupState} {assignorName} epoch={groupEpoch} {members#member}}"},
	{"ShareFetch",
		"{groupId} {topics {topicId}[{partitions {partitionIndex}}]} forgets={forgottenTopicsData {topicId}[{partitions}]} member={memberId} session-epoch={shareSessionEpoch} wait={maxWaitMs:ms}",
		"{responses {topicId}[{partitions {?records}{partitionIndex}}]} {@records}"},
	{"ShareAcknowledge",
		"{groupId} {topics {topicId}[{partitions {partitionIndex}@{acknowledgementBatches {firstOffset}-{lastOffset}}}]} member={memberId} session-epoch={shareSessionEpoch}",
		""},
	{"AddRaftVoter", "voter={voterId} {listeners {name}://{host}:{port}}", ""},
	{"RemoveRaftVoter", "voter={voterId}", ""},
	{"UpdateRaftVoter",
		"voter={voterId} epoch={currentLeaderEpoch} {listeners {name}://{host}:{port}}",
		"leader={currentLeader.leaderId} epoch={currentLeader.leaderEpoch}"},
	{"InitializeShareGroupState", "{groupId} {topics {topicId}[{partitions {partition}@{startOffset:offset}}]}", ""},
	{"ReadShareGroupState", "{groupId} {@topics}", "{results {topicId}[{partitions {partition}@{startOffset:offset}}]}"},
	{"WriteShareGroupState", "{groupId} {topics {topicId}[{partitions {partition}@{startOffset:offset}}]}", ""},
	{"DeleteShareGroupState", "{groupId} {@topics}", ""},
	{"ReadShareGroupStateSummary", "{groupId} {@topics}", "{results {topicId}[{partitions {partition}@{startOffset:offset}}]}"},
	{"StreamsGroupHeartbeat",
		"{groupId} {memberEpoch:epoch} member={memberId} active={activeTasks {subtopologyId}[{partitions}]} standby={standbyTasks {subtopologyId}[{partitions}]} {shutdownApplication?shuts-down-application}",
		"epoch={memberEpoch} active={activeTasks {subtopologyId}[{partitions}]} standby={standbyTasks {subtopologyId}[{partitions}]} {status {statusDetail}}"},
	{"StreamsGroupDescribe", "{groupIds}", "{groups {groupId} {groupState} epoch={groupEpoch} {members#member}}"},
	{"DescribeShareGroupOffsets",
		"{groups {groupId} {topics/all-topics {topicName}[{partitions}]}}",
		"{groups {topics {topicName}[{partitions {partitionIndex}@{startOffset:offset}}]}}"},
	{"AlterShareGroupOffsets", "{groupId} {topics {topicName}[{partitions {partitionIndex}@{startOffset:offset}}]}", ""},
	{"DeleteShareGroupOffsets", "{groupId} {@topics}", ""},
	{"StreamsGroupTopologyDescriptionUpdate",
		"{groupId} member={memberId} topology-epoch={topologyEpoch} {topologyDescription.subtopologies#subtopology}",
		""},
	{"UnregisterController", "controller={controllerId}", ""},
}

// templateOf returns the template of a layout.
func templateOf(l *codec.Layout) string {
	if l.Key < 0 || int(l.Key) >= len(templates) {
		return generalTemplate(l)
	}
	if l.Direction == codec.Request {
		return templates[l.Key].request
	}
	return templates[l.Key].response
}

// generalTemplate makes the template of an API that has none from what its
// fields mean.
func generalTemplate(l *codec.Layout) string {
	words := []string{topicLists}
	for i := int32(1); i < l.Ops[0].End; i = l.Ops[i].End {
		if w := generalWord(l, &l.Ops[i]); w != "" {
			words = append(words, w)
		}
	}
	if l.Ops[0].HasRecords() {
		words = append(words, "{"+recordTotals+"}")
	}
	return strings.Join(words, " ")
}

func generalWord(l *codec.Layout, op *codec.Op) string {
	switch {
	case op.Kind == codec.Array && l.Ops[op.At+1].Kind == codec.Struct:
		if op.Has(codec.TopicName) || op.Has(codec.TopicID) {
			return ""
		}
		return op.Name + "={" + op.Name + "#}"
	case op.Kind == codec.Struct, op.Is == codec.TopicName:
		return ""
	}
	switch op.Is {
	case codec.GroupID, codec.MemberID, codec.GroupInstanceID, codec.BrokerID, codec.ProducerID, codec.TransactionalID,
		codec.Principal, codec.ResourceName, codec.Host, codec.Port, codec.ClusterID:
		return op.Name + "={" + op.Name + "}"
	}
	return ""
}
