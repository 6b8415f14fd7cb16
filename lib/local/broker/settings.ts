import { MAX_MESSAGE_BYTES } from '../../contracts/kafka.ts';
import type { Ports } from './ports.ts';

/**
 * Settings of a broker that is alone: it is its own controller (KRaft), each internal topic has one replica and one partition,
 * and nothing listens beyond the loopback. `log.dirs` is relative to the working directory, because Kafka splits it at commas.
 */
export function serverProperties({ broker, controller }: Ports): string {
  return lines({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `BROKER://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `BROKER://127.0.0.1:${broker}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': 'data',
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'message.max.bytes': MAX_MESSAGE_BYTES,
    // The default, 128 MB, is a quarter of the heap, for compacting one small offsets topic.
    'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
    'num.network.threads': 2,
    'num.io.threads': 4,
  });
}

/** Kafka's log goes to standard output, which is the log file; the dump of all settings, 300 lines a start, is left out. */
export const LOG4J_PROPERTIES = lines({
  'log4j.rootLogger': 'INFO, stdout',
  'log4j.appender.stdout': 'org.apache.log4j.ConsoleAppender',
  'log4j.appender.stdout.layout': 'org.apache.log4j.PatternLayout',
  'log4j.appender.stdout.layout.ConversionPattern': '%d{ISO8601} %p %m (%c{1})%n',
  'log4j.logger.kafka.server.KafkaConfig': 'WARN',
  'log4j.logger.org.apache.kafka.common.config.AbstractConfig': 'WARN',
  'log4j.logger.kafka.server.KafkaRequestHandlerPool': 'WARN',
});

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
