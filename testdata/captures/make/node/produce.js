// Produces the records of lists.sh by kafkajs, with each codec that it has in JavaScript and in a transaction, and consumes them again. Arguments:
// the broker, the records, the list to write.
'use strict'

const fs = require('fs')
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs')

// Those for lz4 and zstd would have to be compiled.
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')

const client = `kafkajs ${require('kafkajs/package.json').version}`
const decoded = (text) => text === null ? null : Buffer.from(text, 'base64')
const encoded = (data) => data === null ? null : data.toString('base64')

// The library has headers as an object of a value, or a list of values, for each name; a value is not null.
function headersOf (list) {
  const headers = {}
  for (const { key, value } of list) {
    if (value !== null) headers[key] = [...(headers[key] || []), decoded(value)]
  }
  return headers
}

// A record at its place, as the list has it.
function line (topic, partition, offset, { key, value, headers, timestamp }) {
  const flat = Object.entries(headers).flatMap(([key, values]) => [values].flat().map((value) => ({ key, value: encoded(value) })))
  return JSON.stringify({ value: encoded(value), key: encoded(key), headers: flat, timestamp: Number(timestamp), topic, partition, offset, client })
}

async function run (broker, file, written) {
  const records = fs.readFileSync(file, 'utf8').trimEnd().split('\n').map((text) => JSON.parse(text))
  // It would log that topics are not there yet.
  const kafka = new Kafka({ clientId: 'kafkajs-producers', brokers: [broker], logLevel: logLevel.NOTHING })
  const lines = new Set()

  // Places are told of batches: each partition gets half of the records, so that it is known which record is which of its batch.
  async function produce (sender, topic, name, compression) {
    const messages = records.filter(({ only }) => !only || only.includes(name)).map((r, i) => (
      // As text, since the library takes the number 0 for no time.
      { partition: i % 2, key: decoded(r.key), value: decoded(r.value), headers: headersOf(r.headers), timestamp: String(r.timestamp) }))
    for (const { partition, errorCode, baseOffset } of await sender.send({ topic, compression, messages })) {
      if (errorCode) throw new Error(`error ${errorCode}`)
      messages.filter((m) => m.partition === partition).forEach((m, i) => lines.add(line(topic, partition, Number(baseOffset) + i, m)))
    }
  }

  const producer = kafka.producer()
  await producer.connect()
  const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }
  for (const [name, compression] of Object.entries(codecs)) await produce(producer, `kafkajs-${name}`, name, compression)
  await producer.disconnect()

  const transactional = kafka.producer({ transactionalId: 'kafkajs-producers', maxInFlightRequests: 1, idempotent: true })
  await transactional.connect()
  const transaction = await transactional.transaction()
  await produce(transaction, 'kafkajs-transaction', 'none', CompressionTypes.None)
  await transaction.commit()
  await transactional.disconnect()

  const consumer = kafka.consumer({ groupId: 'kafkajs-producers', maxWaitTimeInMs: 300 })
  await consumer.connect()
  await consumer.subscribe({ topics: [...Object.keys(codecs), 'transaction'].map((name) => `kafkajs-${name}`), fromBeginning: true })
  const missing = new Set(lines)
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${missing.size} records were not consumed`)), 60000).unref()
    consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        const got = line(topic, partition, Number(message.offset), message)
        if (!missing.delete(got)) reject(new Error(`consumed, and not produced: ${got}`))
        if (missing.size === 0) resolve()
      }
    }).catch(reject)
  })
  await consumer.disconnect()
  fs.writeFileSync(written, [...lines].join('\n') + '\n')
}

run(...process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exit(1)
})
