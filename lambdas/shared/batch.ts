import { RECORD_OVERHEAD_BYTES, type Message } from './kafka/producer.ts';

/** kafkajs' time for a batch grows with the square of its messages per partition: 1,000 are sent fastest. */
const MAX_MESSAGES = 1_000;

/**
 * Messages and rejects that go to Kafka in one request. Its bytes are bounded, because the limit of a topic is one of batches,
 * not of messages, and all of a request's messages may be of one partition.
 */
export class Batch {
  private messages: Message[] = [];
  private rejects: Message[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** An empty batch takes a message of any size. */
  hasRoomFor(message: Message): boolean {
    const count = this.messages.length + this.rejects.length;
    return count === 0 || (count < MAX_MESSAGES && this.bytes + size(message) <= this.maxBytes);
  }

  add(message: Message, to: 'messages' | 'rejects'): void {
    this[to].push(message);
    this.bytes += size(message);
  }

  /** Hands over what is there, and begins anew. */
  take(): { messages: Message[]; rejects: Message[] } {
    const { messages, rejects } = this;
    this.messages = [];
    this.rejects = [];
    this.bytes = 0;
    return { messages, rejects };
  }
}

function size({ key, value }: Message): number {
  return value.length + Buffer.byteLength(key) + RECORD_OVERHEAD_BYTES;
}
