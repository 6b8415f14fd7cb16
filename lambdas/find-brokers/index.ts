import { KafkaClient } from '@aws-sdk/client-kafka';
import { customResource } from '../shared/custom-resource.ts';
import { findBrokers } from './handler.ts';

export const handler = customResource(findBrokers(new KafkaClient({})));
