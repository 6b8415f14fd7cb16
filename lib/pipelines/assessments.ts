import { LANDED, RESULTS } from '../contracts/exam/index.ts';
import { examAttempts } from '../contracts/exam/attempts.ts';
import { examMessages } from '../contracts/exam/messages.ts';
import { examQuestionResults } from '../contracts/exam/question-results.ts';
import { examQuestions } from '../contracts/exam/questions.ts';
import { examResults } from '../contracts/exam/results.ts';
import { examScores } from '../contracts/exam/scores.ts';
import { MAX_MESSAGE_BYTES } from '../contracts/kafka.ts';
import { flags, type Endpoints, type RunInput, type Stream, type UnattendedPipeline } from './pipeline.ts';

export interface AssessmentsParameters {
  /** Where to read again from, `OFFSET` or `PARTITION:OFFSET` each, joined by commas. @default - where the last run ended */
  readonly fromOffset?: string;
  /** Where to end, likewise; what is there is not read. @default - the topic's end when the run begins */
  readonly toOffset?: string;
  /** `yes` goes on where messages were deleted from the topic before they were landed. @default - the run fails, and says which */
  readonly skipMissing?: string;
}

/** As land.py takes them. */
const OFFSETS: RunInput = {
  pattern: '([0-9]{1,9}:)?[0-9]{1,18}(,([0-9]{1,9}:)?[0-9]{1,18})*',
  allowed: 'offsets (OFFSET or PARTITION:OFFSET each, joined by commas)',
  otherwise: 'none',
};
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
  inputs: {
    fromOffset: OFFSETS,
    toOffset: OFFSETS,
    skipMissing: { pattern: 'yes', allowed: 'yes', otherwise: 'no' },
  },
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
      arguments: (endpoints, { fromOffset, toOffset, skipMissing }) =>
        flags({
          brokers: endpoints.brokers,
          topic: ATTEMPTS.topic,
          contract: endpoints.contract(examMessages.name),
          database: endpoints.database,
          'max-message-bytes': MAX_MESSAGE_BYTES,
          'from-offset': fromOffset,
          'to-offset': toOffset,
          'skip-missing': skipMissing,
          'kafka-option': Object.entries(endpoints.kafkaOptions).map(([name, value]) => `${name}=${value}`),
        }),
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
