// Exercises kafkajs: admin calls, producing with and without compression, a transaction, a group. Argument: the broker.
'use strict'

const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

const topic = 'kafkajs-orders'

async function run (broker) {
  const kafka = new Kafka({ clientId: 'kafkajs-client', brokers: [broker], logLevel: logLevel.WARN })

  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 1 }], waitForLeaders: true })
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
  await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.describeConfigs({ resources: [{ type: 2, name: topic }], includeSynonyms: true })
  await admin.alterConfigs({ validateOnly: true, resources: [{ type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: '3600000' }] }] })
  await admin.describeCluster()

  for (const acks of [0, 1, -1]) {
    const producer = kafka.producer({ idempotent: acks === -1 })
    await producer.connect()
    for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
      const messages = Array.from({ length: 12 }, (_, i) => ({ key: `key-${i}`, value: `value ${i}, compressible, compressible`, headers: { trace: 't-1' } }))
      await producer.send({ topic, acks, compression, messages })
    }
    await producer.disconnect()
  }

  const producer = kafka.producer({ transactionalId: 'kafkajs-tx', maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  for (const end of ['commit', 'abort']) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: 'in a transaction' }] })
    await transaction[end]()
  }
  await producer.disconnect()

  const consumer = kafka.consumer({ groupId: 'kafkajs-group', heartbeatInterval: 300, maxWaitTimeInMs: 300 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise((resolve, reject) => {
    let left = 60
    setTimeout(() => reject(new Error(`${left} records missing`)), 60000).unref()
    consumer.run({ eachMessage: async () => { if (--left === 0) resolve() } }).catch(reject)
  })
  await consumer.disconnect()

  await admin.listGroups()
  await admin.describeGroups(['kafkajs-group'])
  await admin.fetchOffsets({ groupId: 'kafkajs-group', topics: [topic] })
  await admin.fetchTopicOffsets(topic)
  await admin.setOffsets({ groupId: 'kafkajs-group', topic, partitions: [{ partition: 0, offset: '1' }] })
  await admin.deleteGroups(['kafkajs-group'])
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
}

run(process.argv[2]).catch((error) => {
  console.error(error)
  process.exit(1)
})
