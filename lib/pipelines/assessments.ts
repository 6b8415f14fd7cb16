import { LANDED, RESULTS } from '../contracts/exam/index.ts';
import { examAttempts } from '../contracts/exam/attempts.ts';
import { examMessages } from '../contracts/exam/messages.ts';
import { examQuestionResults } from '../contracts/exam/question-results.ts';
import { examQuestions } from '../contracts/exam/questions.ts';
import { examResults } from '../contracts/exam/results.ts';
import { examScores } from '../contracts/exam/scores.ts';
import { MAX_MESSAGE_BYTES } from '../contracts/kafka.ts';
import { flags, type Endpoints, type Stream, type UnattendedPipeline } from './pipeline.ts';

export interface AssessmentsParameters {
  /** Where to read again from, `OFFSET` or `PARTITION:OFFSET` each. @default - where the last run ended */
  readonly fromOffset?: readonly string[];
  /** Where to end, likewise; what is there is not read. @default - the topic's end when the run begins */
  readonly toOffset?: readonly string[];
  /** Goes on where messages were deleted from the topic before they were landed. @default false: the run fails, and says which */
  readonly skipMissing?: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

const ATTEMPTS: Stream = {
  topic: 'exam-attempts',
  rejectsTopic: 'exam-attempts-rejects',
  table: examMessages.name,
  quarantineTable: `${examMessages.name}_quarantine`,
  progress: 'snapshots',
};
/** Tables that grow by each landing. */
const GROWING = [...LANDED.map(({ name }) => name), ATTEMPTS.quarantineTable];

const table = ({ database }: Endpoints, name: string) => `${database}.${name}`;

/** Exam attempts, nested and large, landed by offset: as they came, as flat tables, and as results of exams and questions. */
export const assessments: UnattendedPipeline<AssessmentsParameters> = {
  name: 'assessments',
  description: 'exam attempts -> Kafka -> landed by offset -> flat tables -> results -> warehouse -> report',
  defaults: {},
  inputs: {},
  topics: [
    {
      name: ATTEMPTS.topic,
      partitions: 4,
      config: { 'retention.ms': String(7 * DAY_MS), 'max.message.bytes': String(MAX_MESSAGE_BYTES) },
    },
    // Rejects are read by people, later: one partition keeps them in order, a month gives time.
    {
      name: ATTEMPTS.rejectsTopic,
      partitions: 1,
      config: { 'retention.ms': String(30 * DAY_MS), 'max.message.bytes': String(MAX_MESSAGE_BYTES) },
    },
  ],
  streams: [ATTEMPTS],
  tables: RESULTS,
  lakeTables: LANDED.map(({ name }) => name),
  steps: [
    {
      kind: 'replay',
      name: 'produce',
      title: 'Send attempts to Kafka',
      contract: examMessages,
      input: 'attempts',
      topic: ATTEMPTS.topic,
      rejectsTopic: ATTEMPTS.rejectsTopic,
    },
    {
      kind: 'spark',
      name: 'land',
      title: 'Land what is new in the topic',
      script: 'land.py',
      consumes: [ATTEMPTS.topic],
      arguments: (endpoints, { fromOffset, toOffset, skipMissing = false }) => [
        ...flags({
          brokers: endpoints.brokers,
          topic: ATTEMPTS.topic,
          contract: endpoints.contract(examMessages.name),
          database: endpoints.database,
          'max-message-bytes': MAX_MESSAGE_BYTES,
          'from-offset': fromOffset,
          'to-offset': toOffset,
          'kafka-option': Object.entries(endpoints.kafkaOptions).map(([name, value]) => `${name}=${value}`),
        }),
        ...(skipMissing ? ['--skip-missing'] : []),
      ],
    },
    {
      kind: 'spark',
      name: 'maintain',
      title: 'Compact small files, expire old snapshots',
      script: 'maintain.py',
      arguments: (endpoints) =>
        flags({
          table: GROWING.map((name) => table(endpoints, name)),
          'target-file-bytes': 128 * 1024 * 1024,
          'expire-days': 7,
        }),
    },
    {
      kind: 'spark',
      name: 'results',
      title: 'Compute scores, and results by exam and question',
      script: 'exam_results.py',
      arguments: (endpoints) =>
        flags({
          'attempts-table': table(endpoints, examAttempts.name),
          'questions-table': table(endpoints, examQuestions.name),
          'scores-contract': endpoints.contract(examScores.name),
          'results-contract': endpoints.contract(examResults.name),
          'question-results-contract': endpoints.contract(examQuestionResults.name),
          database: endpoints.database,
        }),
    },
    {
      kind: 'spark',
      name: 'export',
      title: 'Export what the warehouse loads',
      script: 'export.py',
      arguments: (endpoints) =>
        flags({
          table: RESULTS.map(({ name }) => table(endpoints, name)),
          contract: RESULTS.map(({ name }) => endpoints.contract(name)),
          out: endpoints.exports,
        }),
    },
    { kind: 'load', name: 'load', title: 'Load the warehouse' },
    { kind: 'report', name: 'report', title: 'Write the report' },
  ],
};
